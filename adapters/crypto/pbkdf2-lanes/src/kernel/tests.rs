use super::*;
use crate::keyed::{Keyed, Words};
use proptest::{collection::vec, prelude::*};

/// What the streams are of: passwords that differ, and one salt.
fn password(number: usize) -> Vec<u8> {
    format!("password {number}").into_bytes()
}

const SALT: &[u8] = b"a salt";

fn stream(number: usize, iterations: u32) -> Stream {
    Stream::begin(&Keyed::new(&password(number)), SALT, 1, iterations)
}

fn judged(number: usize, iterations: u32) -> Words {
    let mut bytes = [0; 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(&password(number), SALT, iterations, &mut bytes);
    let (words, _) = bytes.as_chunks::<4>();
    std::array::from_fn(|place| u32::from_be_bytes(words[place]))
}

#[test]
fn every_number_of_lanes_is_right_whatever_the_others_hold() {
    for kernel in Kernel::available() {
        for filled in 1..=2 * kernel.lanes() + 1 {
            let mut streams: Vec<Stream> = (0..filled).map(|number| stream(number, 8)).collect();
            kernel.advance(&mut streams.iter_mut().collect::<Vec<_>>(), 3);
            kernel.advance(&mut streams.iter_mut().collect::<Vec<_>>(), 4);
            for (number, stream) in streams.iter().enumerate() {
                assert_eq!(*stream.sum, judged(number, 8), "{kernel}, lane {number} of {filled}");
                assert!(stream.is_done());
            }
        }
    }
}

#[test]
fn no_stream_goes_beyond_its_end() {
    for kernel in Kernel::available() {
        let mut streams = [stream(0, 5), stream(1, 3), stream(2, 1)];
        let [long, short, done] = &mut streams;
        kernel.advance(&mut [long, short], 100);
        assert_eq!((long.left, short.left), (2, 0), "{kernel}");
        kernel.advance(&mut [long, done], 100);
        kernel.advance(&mut [], 100);
        kernel.advance(&mut [long], 100);
        for (number, (stream, iterations)) in streams.iter().zip([5, 3, 1]).enumerate() {
            assert_eq!(*stream.sum, judged(number, iterations), "{kernel}");
        }
    }
}

/// A slice: which kernel, where its lanes begin, and how many iterations.
fn slice() -> impl Strategy<Value = (usize, usize, u32)> {
    (any::<usize>(), any::<usize>(), 1..40_u32)
}

proptest! {
    /// Streams go from kernel to kernel and lane to lane, and others come and go beside them, at any boundary.
    #[test]
    fn streams_join_and_leave_at_any_boundary(
        counts in vec(1..60_u32, 1..20),
        slices in vec(slice(), 0..30),
    ) {
        let kernels = Kernel::available();
        let mut streams: Vec<Stream> =
            counts.iter().enumerate().map(|(number, count)| stream(number, *count)).collect();
        for (kernel, first, iterations) in slices {
            let kernel = kernels[kernel % kernels.len()];
            let first = first % streams.len();
            let mut open: Vec<&mut Stream> =
                streams.iter_mut().skip(first).filter(|stream| !stream.is_done()).take(kernel.lanes()).collect();
            kernel.advance(&mut open, iterations);
        }
        for kernel in &kernels {
            let mut rest: Vec<&mut Stream> = streams.iter_mut().collect();
            rest.retain(|stream| !stream.is_done());
            kernel.advance(&mut rest, 2);
        }
        for stream in &mut streams {
            Kernel::PORTABLE.advance(&mut [stream], u32::MAX);
        }
        for (number, (stream, count)) in streams.iter().zip(counts).enumerate() {
            prop_assert_eq!(*stream.sum, judged(number, count), "stream {} of {} iterations", number, count);
        }
    }
}
