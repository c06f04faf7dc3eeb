//! Sixteen streams, a lane of the 512-bit registers each.

use super::{
    constants::{END, K, LENGTH, sigma0, sigma1},
    lanes::lanes,
};
use crate::{keyed::Words, stream::Stream};
use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_loadu_si512, _mm512_ror_epi32, _mm512_set1_epi32, _mm512_srli_epi32,
    _mm512_storeu_si512, _mm512_ternarylogic_epi32, _mm512_xor_si512,
};
use zeroize::Zeroizing;

type V = __m512i;

/// Tables of the logic of three inputs, as the instruction wants them.
const XOR: i32 = 0x96;
const CHOOSE: i32 = 0xca;
const MAJORITY: i32 = 0xe8;

/// What detection has to find before anything here is called.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(word: u32) -> V {
    _mm512_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add(a: V, b: V) -> V {
    _mm512_add_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn xor(a: V, b: V) -> V {
    _mm512_xor_si512(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn big0(x: V) -> V {
    let (a, b, c) = (_mm512_ror_epi32::<2>(x), _mm512_ror_epi32::<13>(x), _mm512_ror_epi32::<22>(x));
    _mm512_ternarylogic_epi32::<XOR>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn big1(x: V) -> V {
    let (a, b, c) = (_mm512_ror_epi32::<6>(x), _mm512_ror_epi32::<11>(x), _mm512_ror_epi32::<25>(x));
    _mm512_ternarylogic_epi32::<XOR>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn small0(x: V) -> V {
    let (a, b, c) = (_mm512_ror_epi32::<7>(x), _mm512_ror_epi32::<18>(x), _mm512_srli_epi32::<3>(x));
    _mm512_ternarylogic_epi32::<XOR>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn small1(x: V) -> V {
    let (a, b, c) = (_mm512_ror_epi32::<17>(x), _mm512_ror_epi32::<19>(x), _mm512_srli_epi32::<10>(x));
    _mm512_ternarylogic_epi32::<XOR>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn choose(x: V, y: V, z: V) -> V {
    _mm512_ternarylogic_epi32::<CHOOSE>(x, y, z)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn majority(x: V, y: V, z: V) -> V {
    _mm512_ternarylogic_epi32::<MAJORITY>(x, y, z)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(words: &Word) -> V {
    // SAFETY: the 64 bytes that are read are the array's, and need no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(vector: V, words: &mut Word) {
    // SAFETY: the 64 bytes that are written are the array's, and need no alignment.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), vector) };
}

lanes!("avx512f", 16);
