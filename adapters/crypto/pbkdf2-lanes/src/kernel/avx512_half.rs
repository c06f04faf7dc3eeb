//! Eight streams, a lane of the 256-bit registers each, with the rotations and the logic of three inputs of AVX-512: half
//! the lanes for less than the time, as more units of the processor take part.

use super::{
    constants::{END, K, LENGTH, sigma0, sigma1},
    lanes::lanes,
};
use crate::{keyed::Words, stream::Stream};
use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_ror_epi32, _mm256_set1_epi32, _mm256_srli_epi32,
    _mm256_storeu_si256, _mm256_ternarylogic_epi32, _mm256_xor_si256,
};
use zeroize::Zeroizing;

type V = __m256i;

/// Tables of the logic of three inputs, as the instruction wants them.
const XOR: i32 = 0x96;
const CHOOSE: i32 = 0xca;
const MAJORITY: i32 = 0xe8;

/// What detection has to find before anything here is called.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl")
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn splat(word: u32) -> V {
    _mm256_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn add(a: V, b: V) -> V {
    _mm256_add_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn xor(a: V, b: V) -> V {
    _mm256_xor_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn big0(x: V) -> V {
    let (a, b, c) = (_mm256_ror_epi32::<2>(x), _mm256_ror_epi32::<13>(x), _mm256_ror_epi32::<22>(x));
    _mm256_ternarylogic_epi32::<XOR>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn big1(x: V) -> V {
    let (a, b, c) = (_mm256_ror_epi32::<6>(x), _mm256_ror_epi32::<11>(x), _mm256_ror_epi32::<25>(x));
    _mm256_ternarylogic_epi32::<XOR>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn small0(x: V) -> V {
    let (a, b, c) = (_mm256_ror_epi32::<7>(x), _mm256_ror_epi32::<18>(x), _mm256_srli_epi32::<3>(x));
    _mm256_ternarylogic_epi32::<XOR>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn small1(x: V) -> V {
    let (a, b, c) = (_mm256_ror_epi32::<17>(x), _mm256_ror_epi32::<19>(x), _mm256_srli_epi32::<10>(x));
    _mm256_ternarylogic_epi32::<XOR>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn choose(x: V, y: V, z: V) -> V {
    _mm256_ternarylogic_epi32::<CHOOSE>(x, y, z)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn majority(x: V, y: V, z: V) -> V {
    _mm256_ternarylogic_epi32::<MAJORITY>(x, y, z)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn load(words: &Word) -> V {
    // SAFETY: the 32 bytes that are read are the array's, and need no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn store(vector: V, words: &mut Word) {
    // SAFETY: the 32 bytes that are written are the array's, and need no alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), vector) };
}

lanes!("avx512f,avx512vl", 8);
