//! What every [`Random`] promises.

use crate::run::at_once;
use hexad_ports::Random;
use std::{collections::HashSet, sync::Arc};

/// A source of random bytes.
pub trait RandomHarness: Send + Sync {
    /// The source.
    fn random(&self) -> Arc<dyn Random>;
}

/// The tests of a random source: `hexad_contract::random!(make)`, where `make` is an async function that gives a
/// [`RandomHarness`].
#[macro_export]
macro_rules! random {
    ($make:expr) => {
        $crate::suite!(random, random, $make, [every_byte_is_filled, no_sixteen_bytes_are_given_twice,]);
    };
}

pub async fn every_byte_is_filled(harness: &dyn RandomHarness) {
    let random = harness.random();
    for length in [0, 1, 2, 7, 8, 9, 16, 31, 100, 5_000] {
        // That sixteen fills leave a byte as it was has a chance of one in 2^128.
        let mut changed = vec![false; length];
        for _ in 0..16 {
            let mut buffer = vec![0xa5; length];
            random.fill(&mut buffer);
            changed.iter_mut().zip(&buffer).for_each(|(changed, byte)| *changed |= *byte != 0xa5);
        }
        assert!(changed.iter().all(|changed| *changed), "{length} bytes");
    }
}

pub async fn no_sixteen_bytes_are_given_twice(harness: &dyn RandomHarness) {
    let fills = (0..16).map(|_| {
        let random = harness.random();
        async move {
            let fill = |_| {
                let mut bytes = [0; 16];
                random.fill(&mut bytes);
                bytes
            };
            (0..500).map(fill).collect::<Vec<[u8; 16]>>()
        }
    });
    let given: Vec<[u8; 16]> = at_once(fills).await.into_iter().flatten().collect();
    assert_eq!(given.iter().collect::<HashSet<_>>().len(), 16 * 500);
}
