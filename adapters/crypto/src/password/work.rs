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
fn spend(key: &[u8], iterations: u32) -> Result<Task, Invalid> {
    Task::new(key, b"work for nothing", iterations, DIGEST_BYTES)
}

/// How many iterations a no has to cost beside those of the stored hash. What counts is how many come one after the
/// other: the digests of a long hash are derived beside each other.
fn missing(stored: &Stored, present: u32) -> u32 {
    present.saturating_sub(stored.iterations)
}

/// A comparison of a password with a stored hash. A no costs at least the time of the present iterations.
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
            // Of this password, as to key a long one takes longer.
            None => spend(password.expose(), present)?,
        };
        let of_stored = |stored: &Stored| stored.work() + u64::from(missing(stored, present));
        let work = stored.as_ref().map_or(u64::from(present), of_stored);
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
    match spend(b"nobody", missing(stored, present)) {
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

    /// Makes a derivation, and tells how many iterations that was, one after the other and in all.
    fn derive(task: Task) -> (Derived, [u64; 2]) {
        let mut task = [task];
        let rest = task[0].work();
        Kernel::PORTABLE.finish(&mut task);
        let derived = task[0].derived().unwrap();
        // The first iteration of each digest was made with the task.
        let digests = derived.len().div_ceil(DIGEST_BYTES) as u64;
        (derived, [rest / digests + 1, rest + digests])
    }

    /// The answer, and how many iterations it took one after the other.
    fn check(text: &str, stored: Option<&PasswordHash>, present: u32) -> (bool, u64) {
        let check = Check::new(&password(text), stored.and_then(Stored::parse), present).unwrap();
        let most = check.work;
        let (task, then) = check.begin();
        let (derived, [mut chain, mut spent]) = derive(task);
        let mut next = then(derived);
        loop {
            match next {
                Next::Done(answer) => {
                    assert!(spent <= most, "{spent} of {most}");
                    return (answer, chain);
                }
                Next::More(task, then) => {
                    let (derived, more) = derive(task);
                    chain += more[0];
                    spent += more[1];
                    next = then(derived);
                }
            }
        }
    }

    fn phc_of(text: &str, iterations: u32, bytes: usize) -> PasswordHash {
        let salt = [7; 16];
        let (derived, _) = derive(Task::new(text.as_bytes(), &salt, iterations, bytes).unwrap());
        Stored::phc(derived, &salt, iterations).write()
    }

    fn phc(text: &str, iterations: u32) -> PasswordHash {
        phc_of(text, iterations, 32)
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
    fn every_refusal_costs_the_present_iterations() {
        assert_eq!(check("wrong", None, 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&phc("right", 10)), 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&phc("right", 4_999)), 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&phc("right", 5_000)), 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&originals("right")), 5_000), (false, 5_000));
        // Two digests are derived beside each other.
        assert_eq!(check("wrong", Some(&phc_of("right", 2_500, 64)), 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&phc_of("right", 4_000, 64)), 5_000), (false, 5_000));
        assert_eq!(check("wrong", Some(&phc("right", 10)), 3), (false, 10), "a higher cost is what it is");
    }

    /// What it costs to key a long password is a part of the work, and shows as any other.
    #[test]
    fn the_password_is_keyed_for_an_unknown_user_too() {
        let derived = |text| derive(Check::new(&password(text), None, 5).unwrap().begin().0).0;
        assert_ne!(derived("one"), derived("another"));
    }

    #[test]
    fn a_match_costs_its_own_work() {
        assert_eq!(check("right", Some(&originals("right")), 5_000), (true, 1_000));
        assert_eq!(check("right", Some(&phc("right", 10)), 5_000), (true, 10));
    }
}
