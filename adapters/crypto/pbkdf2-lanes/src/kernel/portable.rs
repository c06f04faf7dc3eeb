//! One lane, in safe Rust: the block function of the `sha2` crate, which has its own ways on many processors, in a loop
//! that makes nothing anew but the digest.

use crate::{
    keyed::{digest_block, put_digest},
    stream::Stream,
};
use sha2::block_api::compress256;
use zeroize::Zeroizing;

pub(super) fn advance(stream: &mut Stream, iterations: u32) {
    let mut block = Zeroizing::new(digest_block(&stream.last));
    let mut inner = stream.key.inner.clone();
    for _ in 0..iterations {
        *inner = *stream.key.inner;
        compress256(&mut inner, std::slice::from_ref(&*block));
        put_digest(&mut block, &inner);
        *stream.last = *stream.key.outer;
        compress256(&mut stream.last, std::slice::from_ref(&*block));
        put_digest(&mut block, &stream.last);
        stream.sum.iter_mut().zip(stream.last.iter()).for_each(|(sum, word)| *sum ^= word);
    }
}
