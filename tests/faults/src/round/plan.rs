//! What breaks in which round: the seed decides it.

use std::fmt;

/// What breaks in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `kill -9` of services, one replica or both.
    Services,
    /// `kill -9` of a server.
    Server(&'static str),
    /// Every replica ends at a fail point.
    FailPoints,
    /// Connections are cut, refused, delayed and led into the void.
    Network,
    /// The broker's confirms are held back, and both replicas killed meanwhile.
    Confirms,
}

impl Kind {
    /// One of each.
    pub const ALL: [Kind; 8] = [
        Kind::Services,
        Kind::FailPoints,
        Kind::Server("rabbitmq"),
        Kind::Network,
        Kind::Confirms,
        Kind::Server("postgres"),
        Kind::Server("mongo"),
        Kind::Server("s3"),
    ];

    /// What each round of a long run breaks: the dear and the telling more often.
    const CYCLE: [Kind; 14] = [
        Kind::Services,
        Kind::FailPoints,
        Kind::Server("rabbitmq"),
        Kind::Network,
        Kind::Confirms,
        Kind::Services,
        Kind::FailPoints,
        Kind::Server("postgres"),
        Kind::Network,
        Kind::FailPoints,
        Kind::Server("mongo"),
        Kind::Services,
        Kind::FailPoints,
        Kind::Server("s3"),
    ];

    /// What breaks in the round of that number, from 1.
    #[must_use]
    pub fn of_round(number: u64) -> Self {
        let place = usize::try_from(number.saturating_sub(1) % Self::CYCLE.len() as u64).unwrap_or_default();
        Self::CYCLE[place]
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Services => f.write_str("kill services"),
            Kind::Server(server) => write!(f, "kill {server}"),
            Kind::FailPoints => f.write_str("fail points"),
            Kind::Network => f.write_str("bad network"),
            Kind::Confirms => f.write_str("held confirms"),
        }
    }
}

/// The choices of a round: the same for the same seed, whatever other rounds there are.
#[must_use]
pub fn rng(seed: u64, round: u64) -> fastrand::Rng {
    fastrand::Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(round))
}

#[cfg(test)]
mod tests {
    use super::{Kind, rng};

    #[test]
    fn a_cycle_breaks_everything() {
        for kind in Kind::ALL {
            assert!((1..=14).any(|number| Kind::of_round(number) == kind), "{kind}");
        }
        assert_eq!(Kind::of_round(15), Kind::of_round(1));
    }

    #[test]
    fn a_round_is_the_same_again_and_unlike_others() {
        assert_eq!(rng(7, 3).u64(..), rng(7, 3).u64(..));
        assert_ne!(rng(7, 3).u64(..), rng(7, 4).u64(..));
        assert_ne!(rng(7, 3).u64(..), rng(8, 3).u64(..));
    }
}
