//! Eight streams, a lane of the 256-bit registers each.

use super::{
    constants::{END, K, LENGTH, sigma0, sigma1},
    lanes::lanes,
};
use crate::{keyed::Words, stream::Stream};
use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_loadu_si256, _mm256_or_si256, _mm256_set1_epi32,
    _mm256_slli_epi32, _mm256_srli_epi32, _mm256_storeu_si256, _mm256_xor_si256,
};
use zeroize::Zeroizing;

type V = __m256i;

/// What detection has to find before anything here is called.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx2")
}

#[inline]
#[target_feature(enable = "avx2")]
fn splat(word: u32) -> V {
    _mm256_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(a: V, b: V) -> V {
    _mm256_add_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor(a: V, b: V) -> V {
    _mm256_xor_si256(a, b)
}

/// Rotates right by `R`; there is no instruction for it, and `L` is the rest of the 32 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn rotate<const R: i32, const L: i32>(x: V) -> V {
    const { assert!(R + L == 32) };
    _mm256_or_si256(_mm256_srli_epi32::<R>(x), _mm256_slli_epi32::<L>(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn big0(x: V) -> V {
    xor(xor(rotate::<2, 30>(x), rotate::<13, 19>(x)), rotate::<22, 10>(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn big1(x: V) -> V {
    xor(xor(rotate::<6, 26>(x), rotate::<11, 21>(x)), rotate::<25, 7>(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn small0(x: V) -> V {
    xor(xor(rotate::<7, 25>(x), rotate::<18, 14>(x)), _mm256_srli_epi32::<3>(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn small1(x: V) -> V {
    xor(xor(rotate::<17, 15>(x), rotate::<19, 13>(x)), _mm256_srli_epi32::<10>(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn choose(x: V, y: V, z: V) -> V {
    xor(z, _mm256_and_si256(x, xor(y, z)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn majority(x: V, y: V, z: V) -> V {
    xor(y, _mm256_and_si256(xor(x, y), xor(y, z)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(words: &Word) -> V {
    // SAFETY: the 32 bytes that are read are the array's, and need no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(vector: V, words: &mut Word) {
    // SAFETY: the 32 bytes that are written are the array's, and need no alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), vector) };
}

lanes!("avx2", 8);
