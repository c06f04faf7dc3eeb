//! The SHA extensions of x86: one stream, or two interleaved in one thread.
//!
//! Each instruction of a stream waits for the one before, so one stream leaves the unit idle for much of the time; a
//! second one fills it. Three and more do not fit into the sixteen registers that these instructions can name.
//!
//! The states stay in the layout of the instructions from the first iteration to the last, and go from one compression
//! into the block of the next by shuffles, with no byte swapped. Of the message schedule, what comes from the constant
//! half of the block is known beforehand.
//!
//! Nothing here may be compiled for AVX, tempting as its three-operand forms are: the compiler would copy states in
//! 256-bit registers, and an instruction of SHA, which has none but the old encoding, waits hundreds of cycles while
//! their upper halves are in use.

use super::constants::{END, K, LENGTH};
use crate::{keyed::Words, stream::Stream};
use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_cvtsi128_si32, _mm_extract_epi32, _mm_set_epi32,
    _mm_setr_epi32, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi32,
    _mm_sub_epi32, _mm_unpackhi_epi64, _mm_unpacklo_epi64, _mm_xor_si128,
};

/// What detection has to find before anything here is called.
pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1")
}

/// A state as the instructions have it: words A, B, E, F in one register, C, D, G, H in the other, the first named
/// highest.
#[derive(Clone, Copy)]
struct State {
    abef: __m128i,
    cdgh: __m128i,
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn load(words: &Words) -> State {
    let [a, b, c, d, e, f, g, h] = words.map(u32::cast_signed);
    State { abef: _mm_set_epi32(a, b, e, f), cdgh: _mm_set_epi32(c, d, g, h) }
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn store(state: State) -> Words {
    let State { abef, cdgh } = state;
    [
        _mm_extract_epi32::<3>(abef),
        _mm_extract_epi32::<2>(abef),
        _mm_extract_epi32::<3>(cdgh),
        _mm_extract_epi32::<2>(cdgh),
        _mm_extract_epi32::<1>(abef),
        _mm_cvtsi128_si32(abef),
        _mm_extract_epi32::<1>(cdgh),
        _mm_cvtsi128_si32(cdgh),
    ]
    .map(i32::cast_unsigned)
}

/// Four words of the constants of SHA-256, and with them four words of the message that are known.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn constants<const Q: usize>(message: [u32; 4]) -> __m128i {
    // Looked up, and found to be there, by the compiler.
    #[allow(clippy::indexing_slicing)]
    let constants = const { [K[4 * Q], K[4 * Q + 1], K[4 * Q + 2], K[4 * Q + 3]] };
    let mut sums = constants.into_iter().zip(message).map(|(constant, word)| constant.wrapping_add(word));
    let mut next = || sums.next().unwrap_or_default().cast_signed();
    _mm_setr_epi32(next(), next(), next(), next())
}

/// Four rounds of every stream; `sum` is the message's words with their constants added.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn rounds<const N: usize>(states: &mut [State; N], sum: [__m128i; N]) {
    for (state, sum) in states.iter_mut().zip(sum) {
        state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sum);
    }
    for (state, sum) in states.iter_mut().zip(sum) {
        state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32::<0x0e>(sum));
    }
}

/// Four rounds with words of the message that are not known.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn rounds_of<const Q: usize, const N: usize>(states: &mut [State; N], words: &[__m128i; N]) {
    let constants = constants::<Q>([0; 4]);
    let mut sum = *words;
    for sum in &mut sum {
        *sum = _mm_add_epi32(*sum, constants);
    }
    rounds(states, sum);
}

/// The next four words of the schedule, from the sixteen before, in place of the oldest of them.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn schedule<const N: usize>(w0: &mut [__m128i; N], w1: &[__m128i; N], w2: &[__m128i; N], w3: &[__m128i; N]) {
    for (((w0, w1), w2), w3) in w0.iter_mut().zip(w1).zip(w2).zip(w3) {
        let partly = _mm_add_epi32(_mm_sha256msg1_epu32(*w0, *w1), _mm_alignr_epi8::<4>(*w3, *w2));
        *w0 = _mm_sha256msg2_epu32(partly, *w3);
    }
}

/// The state after a padded key, as the two hashes of an iteration need it.
#[derive(Clone, Copy)]
struct Key {
    /// What its own compression begins with.
    state: State,
    /// In the order of [`turn`], what is added to the end of its compression to make the digest of it.
    forward: State,
    /// The same, and the constants of the rounds in which the next compression takes those words.
    forward_and_constants: State,
}

/// Brings the words into the order A, B, E, F and C, D, G, H, the first named lowest: the order in which the next
/// compression takes them as its message, but that E, F and C, D have to change places.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn turn(state: State) -> State {
    State { abef: _mm_shuffle_epi32::<0x1b>(state.abef), cdgh: _mm_shuffle_epi32::<0x1b>(state.cdgh) }
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn key(words: &Words) -> Key {
    let state = load(words);
    let forward = turn(state);
    let [a, b, c, d, e, f, g, h, ..] = K.map(u32::cast_signed);
    let constants = State { abef: _mm_setr_epi32(a, b, e, f), cdgh: _mm_setr_epi32(c, d, g, h) };
    Key { state, forward, forward_and_constants: plus(forward, constants) }
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn plus(one: State, two: State) -> State {
    State { abef: _mm_add_epi32(one.abef, two.abef), cdgh: _mm_add_epi32(one.cdgh, two.cdgh) }
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn xor(one: State, two: State) -> State {
    State { abef: _mm_xor_si128(one.abef, two.abef), cdgh: _mm_xor_si128(one.cdgh, two.cdgh) }
}

/// The compression of a block that is a digest and its padding, from one key, without the addition at its end; the
/// digest is the end of a compression of the same kind, from the key `of`. Gives the digest, in the order of [`turn`],
/// too.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn compress<const N: usize>(keys: &[Key; N], of: &[Key; N], ends: &[State; N]) -> ([State; N], [State; N]) {
    const PADDING: [u32; 4] = [END, 0, 0, 0];
    const LAST: [u32; 4] = [0, 0, 0, LENGTH];
    let zero = _mm_setr_epi32(0, 0, 0, 0);
    let mut states = keys.map(|key| key.state);

    // The next instruction waits for these, so the words go into their rounds before they are put in order.
    let turned = ends.map(|end| turn(end));
    let mut early = [zero; N];
    let mut late = [zero; N];
    for (((early, late), turned), of) in early.iter_mut().zip(&mut late).zip(&turned).zip(of) {
        let sum = plus(*turned, of.forward_and_constants);
        (*early, *late) = (sum.abef, sum.cdgh);
    }
    for (state, early) in states.iter_mut().zip(&early) {
        state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, *early);
    }
    for (state, late) in states.iter_mut().zip(&late) {
        state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, *late);
    }
    for (state, early) in states.iter_mut().zip(&early) {
        state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, _mm_shuffle_epi32::<0x0e>(*early));
    }
    for (state, late) in states.iter_mut().zip(&late) {
        state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32::<0x0e>(*late));
    }
    rounds(&mut states, [constants::<2>(PADDING); N]);
    rounds(&mut states, [constants::<3>(LAST); N]);

    let mut digests = turned;
    for (digest, of) in digests.iter_mut().zip(of) {
        *digest = plus(*digest, of.forward);
    }
    let mut w0 = digests.map(|digest| _mm_unpacklo_epi64(digest.abef, digest.cdgh));
    let mut w1 = digests.map(|digest| _mm_unpackhi_epi64(digest.abef, digest.cdgh));
    let [padding, last] = [PADDING, LAST].map(|words| {
        let [a, b, c, d] = words.map(u32::cast_signed);
        _mm_setr_epi32(a, b, c, d)
    });
    // Words 9 to 12, which a general schedule would add, are zero.
    for (w0, w1) in w0.iter_mut().zip(&w1) {
        *w0 = _mm_sha256msg2_epu32(_mm_sha256msg1_epu32(*w0, *w1), last);
    }
    rounds_of::<4, N>(&mut states, &w0);
    for (w1, w0) in w1.iter_mut().zip(&w0) {
        let partly = _mm_add_epi32(_mm_sha256msg1_epu32(*w1, padding), _mm_alignr_epi8::<4>(*w0, last));
        *w1 = _mm_sha256msg2_epu32(partly, *w0);
    }
    rounds_of::<5, N>(&mut states, &w1);
    // The small sigma of words 9 to 12 is zero too, which leaves words 8 to 11 as they are.
    let mut w2 = [zero; N];
    for ((w2, w1), w0) in w2.iter_mut().zip(&w1).zip(&w0) {
        *w2 = _mm_sha256msg2_epu32(_mm_add_epi32(padding, _mm_alignr_epi8::<4>(*w1, *w0)), *w1);
    }
    rounds_of::<6, N>(&mut states, &w2);
    let mut w3 = [last; N];
    schedule(&mut w3, &w0, &w1, &w2);
    rounds_of::<7, N>(&mut states, &w3);

    schedule(&mut w0, &w1, &w2, &w3);
    rounds_of::<8, N>(&mut states, &w0);
    schedule(&mut w1, &w2, &w3, &w0);
    rounds_of::<9, N>(&mut states, &w1);
    schedule(&mut w2, &w3, &w0, &w1);
    rounds_of::<10, N>(&mut states, &w2);
    schedule(&mut w3, &w0, &w1, &w2);
    rounds_of::<11, N>(&mut states, &w3);
    schedule(&mut w0, &w1, &w2, &w3);
    rounds_of::<12, N>(&mut states, &w0);
    schedule(&mut w1, &w2, &w3, &w0);
    rounds_of::<13, N>(&mut states, &w1);
    schedule(&mut w2, &w3, &w0, &w1);
    rounds_of::<14, N>(&mut states, &w2);
    schedule(&mut w3, &w0, &w1, &w2);
    rounds_of::<15, N>(&mut states, &w3);
    (states, digests)
}

/// So many iterations of each stream.
#[target_feature(enable = "sha,sse4.1")]
fn advance_all<const N: usize>(streams: [&mut Stream; N], iterations: u32) {
    let zero = load(&[0; 8]);
    let none = key(&[0; 8]);
    let (mut inner, mut outer) = ([none; N], [none; N]);
    let (mut ends, mut sums) = ([zero; N], [zero; N]);
    for ((((stream, inner), outer), end), sum) in
        streams.iter().zip(&mut inner).zip(&mut outer).zip(&mut ends).zip(&mut sums)
    {
        *inner = key(&stream.key.inner);
        *outer = key(&stream.key.outer);
        let last = load(&stream.last);
        *end = State {
            abef: _mm_sub_epi32(last.abef, outer.state.abef),
            cdgh: _mm_sub_epi32(last.cdgh, outer.state.cdgh),
        };
        // A digest enters the sum when it is the message of the next iteration. The first has entered before.
        *sum = turn(xor(load(&stream.sum), last));
    }
    for _ in 0..iterations {
        // One call for both hashes: two would not be inlined, and their states would go through memory.
        for (keys, of, counts) in [(&inner, &outer, true), (&outer, &inner, false)] {
            let digests;
            (ends, digests) = compress(keys, of, &ends);
            if counts {
                for (sum, digest) in sums.iter_mut().zip(&digests) {
                    *sum = xor(*sum, *digest);
                }
            }
        }
    }
    for (((stream, outer), end), sum) in streams.into_iter().zip(&outer).zip(ends).zip(sums) {
        let last = plus(end, outer.state);
        *stream.last = store(last);
        *stream.sum = store(xor(turn(sum), last));
    }
}

/// One stream alone.
///
/// # Safety
/// [`is_available`] has said yes.
pub(super) unsafe fn advance_one(stream: &mut Stream, iterations: u32) {
    // SAFETY: the caller has seen that the processor has what the function is compiled for.
    unsafe { advance_all([stream], iterations) }
}

/// Two streams in the time of hardly more than one.
///
/// # Safety
/// [`is_available`] has said yes.
pub(super) unsafe fn advance_two(one: &mut Stream, two: &mut Stream, iterations: u32) {
    // SAFETY: the caller has seen that the processor has what the function is compiled for.
    unsafe { advance_all([one, two], iterations) }
}
