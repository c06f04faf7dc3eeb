//! What a password is derived for, and how much work that is.

use super::stored::Stored;
use hexad_ports::domain::Password;
use pbkdf2_lanes::{Derived, Invalid, Next, Task};
use subtle::ConstantTimeEq;

/// How many bytes one run of the iterations gives.
const DIGEST_BYTES: usize = 32;

/// How many iterations of HMAC it takes to derive so many bytes.
pub(super) fn work(iterations: u32, bytes: usize) -> u64 {
    u64::from(iterations) * bytes.div_ceil(DIGEST_BYTES) as u64
}

/// So many iterations, for nothing.
fn spend(iterations: u32) -> Result<Task, Invalid> {
    Task::new(b"nobody", b"work for nothing", iterations, DIGEST_BYTES)
}

/// A comparison of a password with a stored hash. A no costs at least the work of the present iterations.
pub(super) struct Check {
    /// What is derived first.
    pub(super) task: Task,
    /// The work that it may come to.
    pub(super) work: u64,
    stored: Option<Stored>,
    present: u32,
}

impl Check {
    /// `None`: there is nothing to compare with.
    pub(super) fn new(password: &Password, stored: Option<Stored>, present: u32) -> Result<Self, Invalid> {
        let task = match &stored {
            Some(stored) => stored.task(password)?,
            None => spend(present)?,
        };
        let work = stored.as_ref().map_or(0, Stored::work).max(u64::from(present));
        Ok(Check { task, work, stored, present })
    }

    /// The first derivation, and what follows it.
    pub(super) fn begin(self) -> (Task, impl FnOnce(Derived) -> Next<bool> + Send + use<>) {
        let Check { task, stored, present, .. } = self;
        (task, move |derived: Derived| match stored {
            None => Next::Done(false),
            Some(stored) => compare(&derived, &stored, present),
        })
    }
}

fn compare(derived: &Derived, stored: &Stored, present: u32) -> Next<bool> {
    let matches = bool::from(derived.ct_eq(&stored.hash));
    let missing = u32::try_from(u64::from(present).saturating_sub(stored.work())).unwrap_or_default();
    match spend(missing) {
        Ok(rest) if !matches => Next::More(rest, Box::new(|_| Next::Done(false))),
        // Nothing is missing, or nothing has to be hidden.
        Ok(_) | Err(_) => Next::Done(matches),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hexad_ports::domain::PasswordHash;
    use pbkdf2_lanes::Kernel;

    fn password(text: &str) -> Password {
        Password::presented(text)
    }

    /// Makes a derivation, and tells how many iterations that was.
    fn derive(task: Task) -> (Derived, u64) {
        let mut task = [task];
        let rest = task[0].work();
        Kernel::PORTABLE.finish(&mut task);
        let derived = task[0].derived().unwrap();
        // The first iteration of each digest was made with the task.
        let first = derived.len().div_ceil(DIGEST_BYTES) as u64;
        (derived, rest + first)
    }

    /// The answer, and the work that it took.
    fn check(text: &str, stored: Option<&PasswordHash>, present: u32) -> (bool, u64) {
        let check = Check::new(&password(text), stored.and_then(Stored::parse), present).unwrap();
        let most = check.work;
        let (task, then) = check.begin();
        let (derived, mut spent) = derive(task);
        let mut next = then(derived);
        loop {
            match next {
                Next::Done(answer) => {
                    assert!(spent <= most, "{spent} of {most}");
                    return (answer, spent);
                }
                Next::More(task, then) => {
                    let (derived, more) = derive(task);
                    spent += more;
                    next = then(derived);
                }
            }
        }
    }

    fn phc(text: &str, iterations: u32) -> PasswordHash {
        let salt = [7; 16];
        let (derived, _) = derive(Stored::phc_task(&password(text), &salt, iterations).unwrap());
        Stored::phc(derived, &salt, iterations).write()
    }

    fn originals(text: &str) -> PasswordHash {
        let (derived, _) = derive(Stored::originals_task(&password(text)).unwrap());
        Stored::originals(derived).write()
    }

    #[test]
    fn work_counts_blocks() {
        assert_eq!(work(1_000, 64), 2_000);
        assert_eq!(work(600_000, 32), 600_000);
        assert_eq!(work(10, 33), 20);
    }

    #[test]
    fn every_refusal_costs_the_present_work() {
        assert_eq!(check("wrong", None, 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&phc("right", 10)), 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&phc("right", 4_999)), 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&phc("right", 5_000)), 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&originals("right")), 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&phc("right", 10)), 3), (false, 10), "a higher cost is what it is");
    }

    #[test]
    fn a_match_costs_its_own_work() {
        assert_eq!(check("right", Some(&originals("right")), 5_000), (true, 2_000));
        assert_eq!(check("right", Some(&phc("right", 10)), 5_000), (true, 10));
    }
}
