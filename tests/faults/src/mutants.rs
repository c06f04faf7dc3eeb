//! The three classic mistakes, each of which the rounds must find out: it proves that they can.

use crate::{
    ledger::Check,
    round::{Ground, Kind},
};

/// The most rounds that a mistake may go unnoticed.
const ROUNDS: usize = 9;

/// A mistake, what it breaks, and the faults that bring it to light.
#[derive(Debug, Clone, Copy)]
pub struct Mutant {
    /// The name that the programs know it by.
    pub name: &'static str,
    /// The promise that it breaks.
    pub breaks: Check,
    /// The service whose death brings it to light.
    pub shows_at: &'static str,
    by: [Kind; 3],
}

/// All of them.
pub const MUTANTS: [Mutant; 3] = [
    Mutant {
        name: "publish-before-commit",
        breaks: Check::ToldIsStored,
        shows_at: "user-soap",
        by: [Kind::FailPoints, Kind::Services, Kind::Server("postgres")],
    },
    Mutant {
        name: "mark-before-confirm",
        breaks: Check::StoredIsTold,
        shows_at: "auth",
        by: [Kind::Server("rabbitmq"), Kind::FailPoints, Kind::Confirms],
    },
    Mutant {
        name: "ack-before-effect",
        breaks: Check::LoginHasItsEffect,
        shows_at: "session",
        by: [Kind::Services, Kind::FailPoints, Kind::Server("mongo")],
    },
];

/// Runs rounds on programs that make the mistake until it is found, and prints them; whether it was.
pub async fn is_caught(ground: &mut Ground, mutant: Mutant, first_round: u64) -> bool {
    ground.mutate(Some(mutant)).await;
    let mut caught = false;
    for (number, kind) in (first_round..).zip(mutant.by.into_iter().cycle()).take(ROUNDS) {
        let report = ground.round(number, kind).await;
        println!("{report}");
        let mut findings = report.verdict.findings.iter();
        if let Some(found) = findings.find(|finding| finding.check == mutant.breaks) {
            println!("mutant {}: caught in round {number} ({kind}) as {found}", mutant.name);
            caught = true;
            break;
        }
    }
    if !caught {
        println!("mutant {}: NOT CAUGHT in {ROUNDS} rounds", mutant.name);
    }
    ground.mutate(None).await;
    caught
}
