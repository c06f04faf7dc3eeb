//! Passwords against hashes that other programs made, and against our own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use futures_util::future::join_all;
use hexad_crypto::{HashSettings, Pbkdf2Hasher, WriteFormat};
use hexad_ports::{
    HashError, PasswordHasher, Random, Verdict,
    domain::{Password, PasswordHash},
};
use pollster::block_on;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

/// Fills each buffer with a number of its own.
struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn settings() -> HashSettings {
    HashSettings { iterations: 1_000, threads: 2, ..HashSettings::default() }
}

fn start(settings: &HashSettings) -> Pbkdf2Hasher {
    Pbkdf2Hasher::new(settings, Arc::new(Counting(AtomicU8::new(0)))).unwrap()
}

fn hash(hasher: &Pbkdf2Hasher, password: &str) -> PasswordHash {
    block_on(hasher.hash(&Password::presented(password))).unwrap()
}

fn verify(hasher: &Pbkdf2Hasher, password: &str, stored: &str) -> Verdict {
    let stored = PasswordHash::from_stored(stored);
    block_on(hasher.verify(&Password::presented(password), Some(&stored))).unwrap()
}

const PRESENT: Verdict = Verdict::Match { outdated: false };
const OUTDATED: Verdict = Verdict::Match { outdated: true };

/// Made with CPython 3.11:
/// ```python
/// b64 = lambda b: base64.b64encode(b).decode().rstrip("=")
/// phc = lambda pw, salt, i, l: f"$pbkdf2-sha256$i={i},l={l}${b64(salt)}${b64(hashlib.pbkdf2_hmac('sha256', pw, salt, i, l))}"
/// phc("correct horse".encode(), bytes(range(16)), 1000, 32)
/// phc("contraseña más larga".encode(), b"another salt of 20 b", 4096, 64)
/// phc(b"x" * 100, b"12345678", 10, 16); phc(b"x" * 64, b"12345678", 10, 20)
/// hashlib.pbkdf2_hmac("sha256", b"correct horse", b"salt", 1000, 64).hex()
/// ```
mod made_by_python {
    pub(super) const PLAIN: &str =
        "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ";
    pub(super) const SPANISH: &str = "$pbkdf2-sha256$i=4096,l=64$YW5vdGhlciBzYWx0IG9mIDIwIGI$+7ffZVGtr4G7q6pkNlKPyiI4/1HKK1wwRuS3bFLtsQAS/doIZ0HO1AIQgDOaCzhuwCyKnvDriE9Dg6J6B0aLmA";
    pub(super) const LONG: &str = "$pbkdf2-sha256$i=10,l=16$MTIzNDU2Nzg$mWxG9V5kMyaJk3Q80o6ZuQ";
    pub(super) const A_BLOCK: &str = "$pbkdf2-sha256$i=10,l=20$MTIzNDU2Nzg$zNDYMb4gSg1tvkoIIoraCDcgnLg";
    pub(super) const ORIGINALS: &str = "6e8453a042a842bdb62de0d3c870ec1241e90ec0ce4f2589ab5e87927122c1e56c89fb3965e9fb5697d6acd569dd1b711b088adc1d92aa5f5048b8754e001a03";
}

#[test]
fn hashes_of_other_programs_are_verified() {
    let hasher = start(&settings());
    assert_eq!(verify(&hasher, "correct horse", made_by_python::PLAIN), PRESENT);
    assert_eq!(verify(&hasher, "contraseña más larga", made_by_python::SPANISH), PRESENT);
    assert_eq!(verify(&hasher, &"x".repeat(100), made_by_python::LONG), OUTDATED);
    assert_eq!(verify(&hasher, &"x".repeat(64), made_by_python::A_BLOCK), OUTDATED);
    assert_eq!(verify(&hasher, "correct horse", made_by_python::ORIGINALS), OUTDATED);
    assert_eq!(verify(&hasher, "correct horse", &made_by_python::ORIGINALS.to_uppercase()), OUTDATED);
}

#[test]
fn another_password_or_an_unreadable_hash_is_a_mismatch() {
    let hasher = start(&settings());
    for stored in [made_by_python::PLAIN, made_by_python::ORIGINALS, "", "plain text", "$pbkdf2-sha256$i=1$$"]
    {
        assert_eq!(verify(&hasher, "Correct horse", stored), Verdict::Mismatch, "{stored}");
    }
    assert_eq!(verify(&hasher, "plain text", "plain text"), Verdict::Mismatch);
    let nobody = block_on(hasher.verify(&Password::presented("correct horse"), None));
    assert_eq!(nobody, Ok(Verdict::Mismatch));
}

#[test]
fn a_new_hash_is_a_phc_string_with_a_salt_of_its_own() {
    let hasher = start(&settings());
    let (one, two) = (hash(&hasher, "correct horse"), hash(&hasher, "correct horse"));
    // Python: phc(b"correct horse", bytes(16), 1000, 32) and phc(b"correct horse", bytes([1] * 16), 1000, 32)
    assert_eq!(
        one.expose(),
        "$pbkdf2-sha256$i=1000,l=32$AAAAAAAAAAAAAAAAAAAAAA$xux8x5gSotCULSiOpvX4z4d+Cc1IcITd5dKdDAEl37o"
    );
    assert_eq!(
        two.expose(),
        "$pbkdf2-sha256$i=1000,l=32$AQEBAQEBAQEBAQEBAQEBAQ$MsWrC+GabaWro1XukSa5nTISVTuTQlnQRWbn+bIHJZ8"
    );
    assert_eq!(verify(&hasher, "correct horse", one.expose()), PRESENT);
    assert_eq!(verify(&hasher, "correct hors", one.expose()), Verdict::Mismatch);
}

#[test]
fn a_hash_of_a_lower_cost_is_outdated_and_of_a_higher_one_is_not() {
    let made = hash(&start(&settings()), "correct horse");
    let with = |iterations| start(&HashSettings { iterations, ..settings() });
    assert_eq!(verify(&with(1_001), "correct horse", made.expose()), OUTDATED);
    assert_eq!(verify(&with(1_000), "correct horse", made.expose()), PRESENT);
    assert_eq!(verify(&with(999), "correct horse", made.expose()), PRESENT);
}

#[test]
fn beside_an_original_its_hashes_are_written_and_nothing_is_outdated() {
    let hasher = start(&HashSettings { write: WriteFormat::Originals, ..settings() });
    assert_eq!(hash(&hasher, "correct horse").expose(), made_by_python::ORIGINALS);
    assert_eq!(verify(&hasher, "correct horse", made_by_python::ORIGINALS), PRESENT);
    assert_eq!(verify(&hasher, "correct horse", made_by_python::PLAIN), PRESENT);
    assert_eq!(verify(&hasher, &"x".repeat(100), made_by_python::LONG), PRESENT, "even a cheap one");
}

#[test]
fn many_at_once_are_all_answered() {
    let hasher = start(&settings());
    let stored = PasswordHash::from_stored(made_by_python::PLAIN);
    let passwords: Vec<Password> =
        (0..100).map(|n| Password::presented(if n % 2 == 0 { "correct horse" } else { "wrong" })).collect();
    let verdicts =
        block_on(join_all(passwords.iter().map(|password| hasher.verify(password, Some(&stored)))));
    for (n, verdict) in verdicts.into_iter().enumerate() {
        assert_eq!(verdict, Ok(if n % 2 == 0 { PRESENT } else { Verdict::Mismatch }));
    }
}

#[test]
fn more_than_can_be_hashed_in_time_are_refused_with_a_time_to_come_again() {
    // More than any processor has lanes for, each a tenth of a second of work or more, and a tenth is the patience.
    let hasher = start(&HashSettings {
        iterations: 2_000_000,
        threads: 1,
        max_wait: Duration::ZERO,
        ..HashSettings::default()
    });
    let passwords: Vec<Password> = (0..100).map(|n| Password::presented(&n.to_string())).collect();
    let verdicts = block_on(join_all(passwords.iter().map(|password| hasher.verify(password, None))));
    let (verdicts, refusals): (Vec<_>, Vec<_>) = verdicts.into_iter().partition(Result::is_ok);
    assert!(refusals.len() > 50, "{} were hashed", verdicts.len());
    for refusal in refusals {
        let Err(HashError::Busy { retry_after }) = refusal else { panic!("{refusal:?}") };
        assert!((Duration::from_secs(1)..=Duration::from_secs(120)).contains(&retry_after));
    }
}

#[test]
fn settings_out_of_their_bounds_are_brought_within() {
    let hasher =
        start(&HashSettings { iterations: 0, threads: 0, max_waiting: 0, ..HashSettings::default() });
    assert_eq!(verify(&hasher, "pw", hash(&hasher, "pw").expose()), PRESENT);
}

#[test]
fn nothing_shows_in_debug() {
    let shown = format!("{:?}", start(&settings()));
    assert_eq!(shown, "Pbkdf2Hasher { iterations: 1000, write: Phc, .. }");
}
