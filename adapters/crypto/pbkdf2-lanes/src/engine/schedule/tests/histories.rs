//! Anything in any order.

use super::*;
use proptest::{collection::vec, option, prelude::*};

/// What may happen at any time.
#[derive(Debug, Clone)]
enum Step {
    Enter { left: u32, blocks: usize, more: bool, account: Option<u128>, work: u64 },
    Take,
    BringBack(usize),
    Go(usize),
    Wait(u64),
}

fn enter() -> impl Strategy<Value = Step> {
    let work = prop_oneof![4 => 0..100_u64, 1 => any::<u64>()];
    (0..30_u32, 1..4_usize, any::<bool>(), option::of(0..3_u128), work)
        .prop_map(|(left, blocks, more, account, work)| Step::Enter { left, blocks, more, account, work })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => enter(),
        4 => Just(Step::Take),
        4 => any::<usize>().prop_map(Step::BringBack),
        1 => any::<usize>().prop_map(Step::Go),
        1 => (0..200_u64).prop_map(Step::Wait),
    ]
}

/// Who was let in, and what is owed to them.
struct Known {
    caller: Caller,
    expected: Fate,
    since: Instant,
    stayed: bool,
}

impl Scene {
    /// What is counted is what there is.
    fn check(&self) {
        let jobs = || self.schedule.jobs.values();
        assert_eq!(self.schedule.waiting, jobs().filter(|job| !job.begun).count());
        assert_eq!(self.schedule.open, jobs().map(Job::open).sum::<usize>());
        assert_eq!(self.schedule.work, jobs().map(|job| u128::from(job.work)).sum::<u128>());
        let of_accounts = self.schedule.accounts.values().sum::<usize>();
        assert_eq!(of_accounts, jobs().filter(|job| job.account.is_some()).count());
        assert!(self.schedule.accounts.values().all(|jobs| *jobs <= self.schedule.limits.of_account));
    }

    fn close(&mut self) {
        for (pending, refused) in self.schedule.close() {
            pending.refuse(refused);
        }
    }
}

proptest! {
    /// Whatever comes in between: nobody waits for ever, nobody is told anything wrong, and nothing is left behind. The
    /// schedule is closed so many steps before the end, or never.
    #[test]
    fn every_caller_is_answered_and_rightly(
        threads in 1..4_usize,
        wait in prop_oneof![Just(1_000_000_u64), 20..400_u64],
        steps in vec(step(), 0..80),
        closed in option::of(0..20_usize),
    ) {
        let wait = Duration::from_secs(wait);
        let mut scene = Scene::with(Limits { threads, waiting: 20, wait, ..limits() }, &wide());
        let mut all: Vec<Known> = vec![];
        let mut taken: Vec<Batch> = vec![];
        let close_at = closed.map(|before| steps.len().saturating_sub(before));
        for (place, step) in steps.into_iter().enumerate() {
            if close_at == Some(place) {
                scene.close();
            }
            match step {
                Step::Enter { left, blocks, more, account, work } => {
                    let next = more.then(|| task(left / 2, 1));
                    let request = Request { account: account.map(Account::from), work };
                    if let Ok(caller) = scene.ask(left, blocks, request, next) {
                        prop_assert!(close_at.is_none_or(|at| place < at), "let in though it is closed");
                        let expected = if more { derived(left / 2, 1) } else { derived(left, blocks) };
                        all.push(Known { caller, expected, since: scene.now, stayed: true });
                    }
                }
                Step::Take => {
                    let turn = scene.take();
                    for (pending, refused) in turn.late {
                        pending.refuse(refused);
                    }
                    scene.follow(turn.finished);
                    taken.extend(turn.batch);
                }
                Step::BringBack(which) if !taken.is_empty() => {
                    let batch = taken.remove(which % taken.len());
                    scene.slice(batch, 1);
                }
                Step::Go(which) if !all.is_empty() => {
                    let place = which % all.len();
                    all[place].caller.goes();
                    all[place].stayed = false;
                }
                Step::Wait(seconds) => scene.now += Duration::from_secs(seconds),
                Step::BringBack(_) | Step::Go(_) => {}
            }
            scene.check();
        }
        for batch in taken {
            scene.slice(batch, 1);
        }
        scene.run_to_the_end();
        for Known { caller, expected, since, stayed } in all {
            match caller.fate() {
                Fate::Derived(_) => prop_assert_eq!(caller.fate(), expected),
                Fate::Refused(Reason::Closed, _) => prop_assert!(close_at.is_some()),
                Fate::Refused(Reason::Late, _) => prop_assert!(scene.now - since > wait),
                Fate::Refused(reason, _) => prop_assert!(false, "let in, and refused for {}", reason),
                Fate::Dropped => prop_assert!(!stayed, "a caller who waits was forgotten"),
                Fate::Waits => prop_assert!(false, "a caller was not answered"),
            }
        }
    }
}
