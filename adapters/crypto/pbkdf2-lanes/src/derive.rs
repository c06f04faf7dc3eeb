//! One derivation, here and now.

use crate::{
    Costs, Invalid, Kernel,
    keyed::{DIGEST_BYTES, Keyed},
    stack,
    stream::Stream,
};

/// How many blocks of output are worked on at a time.
const TOGETHER: usize = 16;

/// Derives bytes from a password by PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2), on this thread. The blocks of a long
/// output share the lanes of the processor.
///
/// ```
/// // RFC 7914, section 11.
/// let mut derived = [0; 64];
/// pbkdf2_lanes::derive(b"passwd", b"salt", 1, &mut derived)?;
/// assert_eq!(derived[..8], [0x55, 0xac, 0x04, 0x6e, 0x56, 0xe3, 0x08, 0x9f]);
/// # Ok::<(), pbkdf2_lanes::Invalid>(())
/// ```
///
/// # Errors
/// Where there are no iterations, or no bytes or more than 2³² − 1 blocks of 32 to derive.
pub fn derive(password: &[u8], salt: &[u8], iterations: u32, output: &mut [u8]) -> Result<(), Invalid> {
    if u32::try_from(output.len().div_ceil(DIGEST_BYTES)).is_err() {
        return Err(Invalid::TooLong);
    }
    if output.is_empty() {
        return Err(Invalid::NoOutput);
    }
    if iterations == 0 {
        return Err(Invalid::NoIterations);
    }
    stack::wiped(|| derive_checked(password, salt, iterations, output));
    Ok(())
}

fn derive_checked(password: &[u8], salt: &[u8], iterations: u32, output: &mut [u8]) {
    // What there is no choice from is not measured: there may be no clock.
    let kernels = Kernel::available();
    let choose = |streams| match kernels.as_slice() {
        [only] => *only,
        _ => Costs::of_this_machine().choose(streams),
    };
    let key = Keyed::new(password);
    let mut number = 1_u32..;
    for output in output.chunks_mut(TOGETHER * DIGEST_BYTES) {
        let blocks = output.len().div_ceil(DIGEST_BYTES);
        let streams = number.by_ref().take(blocks).map(|block| Stream::begin(&key, salt, block, iterations));
        let mut streams: Vec<Stream> = streams.collect();
        let mut left: Vec<&mut Stream> = streams.iter_mut().collect();
        while !left.is_empty() {
            let kernel = choose(left.len());
            let lanes = kernel.lanes().min(left.len());
            let (now, _) = left.split_at_mut(lanes);
            kernel.advance(now, u32::MAX);
            left.drain(..lanes);
        }
        for (bytes, stream) in output.chunks_mut(DIGEST_BYTES).zip(&streams) {
            let words = stream.sum.iter().flat_map(|word| word.to_be_bytes());
            bytes.iter_mut().zip(words).for_each(|(place, byte)| *place = byte);
        }
    }
}
