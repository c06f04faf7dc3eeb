//! Hashes as they are stored: the formats that are read and written.

use super::{MAX_ITERATIONS, work::work};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use hexad_ports::domain::{Password, PasswordHash};
use pbkdf2_lanes::{Derived, Invalid, Task};
use std::ops::RangeInclusive;
use zeroize::Zeroizing;

/// What the originals derive every hash with, and how long it is.
const ORIGINALS_SALT: &[u8] = b"salt";
const ORIGINALS_ITERATIONS: u32 = 1_000;
const ORIGINALS_BYTES: usize = 64;

/// The bytes of a new salt (NIST SP 800-132, section 5.1).
pub(super) const SALT_BYTES: usize = 16;
/// The bytes of a new hash: one digest, as more would only make the defender's work longer.
const PHC_BYTES: usize = 32;

/// What a stored hash may have: a bound on the work that it can ask for, and room for what other programs write.
const READ_BYTES: RangeInclusive<usize> = 16..=64;
const READ_SALT_BYTES: RangeInclusive<usize> = 8..=64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `$pbkdf2-sha256$i=600000,l=32$salt$hash`: the PHC string format, in Base64 without padding.
    Phc,
    /// The hash alone, in 128 hexadecimal digits.
    Originals,
}

/// A hash with all that it takes to make it again.
pub(super) struct Stored {
    pub(super) format: Format,
    pub(super) iterations: u32,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Zeroizing<Vec<u8>>,
}

impl Stored {
    /// Reads a stored hash; `None` where it is in no format that is known, or out of its bounds.
    pub(super) fn parse(stored: &PasswordHash) -> Option<Self> {
        let text = stored.expose();
        if text.len() > PasswordHash::MAX_CHARS {
            return None;
        }
        match text.strip_prefix("$pbkdf2-sha256$") {
            Some(rest) => phc(rest),
            None => originals(text),
        }
    }

    /// What a new hash in the PHC format is derived by.
    pub(super) fn phc_task(password: &Password, salt: &[u8], iterations: u32) -> Result<Task, Invalid> {
        Task::new(password.expose(), salt, iterations, PHC_BYTES)
    }

    /// A new hash in the PHC format, of what was derived.
    pub(super) fn phc(hash: Derived, salt: &[u8], iterations: u32) -> Self {
        Stored { format: Format::Phc, iterations, salt: salt.to_vec(), hash }
    }

    /// What a hash as the originals make it is derived by.
    pub(super) fn originals_task(password: &Password) -> Result<Task, Invalid> {
        Task::new(password.expose(), ORIGINALS_SALT, ORIGINALS_ITERATIONS, ORIGINALS_BYTES)
    }

    /// A hash as the originals make it, of what was derived.
    pub(super) fn originals(hash: Derived) -> Self {
        Stored {
            format: Format::Originals,
            iterations: ORIGINALS_ITERATIONS,
            salt: ORIGINALS_SALT.to_vec(),
            hash,
        }
    }

    /// What it takes to make it again, from the password that it might be of.
    pub(super) fn task(&self, password: &Password) -> Result<Task, Invalid> {
        Task::new(password.expose(), &self.salt, self.iterations, self.hash.len())
    }

    /// The work that it takes to make it again, in iterations of HMAC.
    pub(super) fn work(&self) -> u64 {
        work(self.iterations, self.hash.len())
    }

    /// Whether one would make it better today.
    pub(super) fn is_weaker_than_phc(&self, iterations: u32) -> bool {
        self.format != Format::Phc || self.iterations < iterations || self.hash.len() < PHC_BYTES
    }

    /// The text to store.
    pub(super) fn write(&self) -> PasswordHash {
        PasswordHash::from_stored(match self.format {
            Format::Originals => base16ct::lower::encode_string(&self.hash),
            Format::Phc => format!(
                "$pbkdf2-sha256$i={},l={}${}${}",
                self.iterations,
                self.hash.len(),
                STANDARD_NO_PAD.encode(&self.salt),
                STANDARD_NO_PAD.encode(&self.hash)
            ),
        })
    }
}

/// `i=600000,l=32$salt$hash`. The length may be left out; where it stands it is the hash's.
fn phc(rest: &str) -> Option<Stored> {
    let mut fields = rest.split('$');
    let (parameters, salt, hash) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() {
        return None;
    }
    let (iterations, length) = match parameters.split_once(',') {
        Some((iterations, length)) => (iterations, Some(number(length.strip_prefix("l=")?)?)),
        None => (parameters, None),
    };
    let iterations = number(iterations.strip_prefix("i=")?)?;
    let salt = STANDARD_NO_PAD.decode(salt).ok()?;
    let hash = Zeroizing::new(STANDARD_NO_PAD.decode(hash).ok()?);
    let fits = (1..=MAX_ITERATIONS).contains(&iterations)
        && READ_SALT_BYTES.contains(&salt.len())
        && READ_BYTES.contains(&hash.len())
        && length.is_none_or(|length| u32::try_from(hash.len()) == Ok(length));
    fits.then_some(Stored { format: Format::Phc, iterations, salt, hash })
}

/// A decimal number as the PHC format has it: digits alone, and no zero before others.
fn number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// The originals write small letters; capitals are the same digits.
fn originals(text: &str) -> Option<Stored> {
    let mut hash = Zeroizing::new(vec![0; ORIGINALS_BYTES]);
    if text.len() != 2 * ORIGINALS_BYTES || base16ct::mixed::decode(text, &mut hash).is_err() {
        return None;
    }
    Some(Stored::originals(hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pbkdf2_lanes::Kernel;
    use proptest::prelude::*;

    const SALT: &str = "AAECAwQFBgcICQoLDA0ODw";
    const HASH: &str = "yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ";

    fn parse(text: &str) -> Option<Stored> {
        Stored::parse(&PasswordHash::from_stored(text))
    }

    #[test]
    fn what_is_read_is_written_again() {
        for text in [
            format!("$pbkdf2-sha256$i=600000,l=32${SALT}${HASH}"),
            "$pbkdf2-sha256$i=1,l=16$MTIzNDU2Nzg$mWxG9V5kMyaJk3Q80o6ZuQ".to_owned(),
            "0123456789abcdef".repeat(8),
        ] {
            assert_eq!(parse(&text).unwrap().write().expose(), text);
        }
        let without_length = parse(&format!("$pbkdf2-sha256$i=600000${SALT}${HASH}")).unwrap();
        assert_eq!(without_length.work(), 600_000);
        assert!(parse(&"0123456789ABCDEF".repeat(8)).is_some());
    }

    #[test]
    fn what_a_hash_may_ask_for_is_bounded() {
        let phc = |i: &str, salt: &str| parse(&format!("$pbkdf2-sha256$i={i}${salt}${HASH}")).is_some();
        assert!(phc("10000000", SALT));
        for i in ["10000001", "4294967295", "4294967296", "0", "-1", "+1", "01", "", "1e3", " 1", "1,"] {
            assert!(!phc(i, SALT), "{i:?}");
        }
        let bytes = |count: usize| STANDARD_NO_PAD.encode(vec![7; count]);
        assert!(phc("1", &bytes(8)) && phc("1", &bytes(64)));
        assert!(!phc("1", &bytes(7)) && !phc("1", &bytes(65)) && !phc("1", ""));
        let hash = |count: usize| parse(&format!("$pbkdf2-sha256$i=1${SALT}${}", bytes(count))).is_some();
        assert!(hash(16) && hash(64));
        assert!(!hash(15) && !hash(65) && !hash(0));
    }

    #[test]
    fn what_is_in_no_known_format_is_not_guessed_at() {
        for text in [
            "",
            "plain text",
            "$pbkdf2-sha256$",
            "$pbkdf2-sha512$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ",
            "$pbkdf2-sha256$i=1000,l=31$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ",
            "$pbkdf2-sha256$l=32,i=1000$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ",
            "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ=",
            "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ$",
            "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw",
            "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODx$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
        assert!(parse(&"0123456789abcdef".repeat(8)[1..]).is_none(), "127 digits");
        assert!(parse(&format!("{}g", &"0123456789abcdef".repeat(8)[1..])).is_none());
    }

    proptest! {
        #[test]
        fn arbitrary_texts_are_answered(text in any::<String>(), tail in "[$=,il0-9A-Za-z+/]{0,90}") {
            drop(parse(&text));
            drop(parse(&format!("$pbkdf2-sha256${tail}")));
        }

        #[test]
        fn every_hash_that_is_made_fits_and_is_read(salt: [u8; SALT_BYTES], password in any::<String>(), iterations in 1..9_u32) {
            let mut task = [Stored::phc_task(&Password::presented(&password), &salt, iterations).unwrap()];
            Kernel::PORTABLE.finish(&mut task);
            let made = Stored::phc(task[0].derived().unwrap(), &salt, iterations);
            let written = made.write();
            prop_assert!(written.expose().len() <= PasswordHash::MAX_CHARS);
            let read = Stored::parse(&written).unwrap();
            prop_assert_eq!((read.iterations, &read.salt, &read.hash), (iterations, &made.salt, &made.hash));
        }
    }
}
