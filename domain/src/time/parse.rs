//! Reading a moment from text. The formats of the `time` crate are strict about separators, fractions and offsets that
//! stored strings leave out, so the fields are read here and the calendar is left to the crate.

use super::{MICROS_PER_SECOND, midnight_micros};

/// Microseconds since the epoch, not yet bound to any range of years.
pub(super) fn timestamp(text: &[u8]) -> Option<i64> {
    let mut rest = Fields(text);
    let year = i32::try_from(rest.digits(4)?).ok()?;
    rest.skip(b"-")?;
    let month = u8::try_from(rest.digits(2)?).ok()?;
    rest.skip(b"-")?;
    let day = u8::try_from(rest.digits(2)?).ok()?;
    let midnight = midnight_micros(year, month, day)?;
    if rest.is_empty() {
        return Some(midnight);
    }
    rest.skip(b"Tt ")?;
    let time = rest.time_of_day()?;
    let offset = rest.offset()?;
    rest.is_empty().then(|| midnight + time - offset)
}

/// What is still unread.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte, where it is one of `accepted`.
    fn skip(&mut self, accepted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        accepted.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn digit(&mut self) -> Option<i64> {
        self.skip(b"0123456789").map(|digit| i64::from(digit - b'0'))
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        (0..count).try_fold(0, |number, _| Some(number * 10 + self.digit()?))
    }

    /// A number of two digits under `end`.
    fn two_digits(&mut self, end: i64) -> Option<i64> {
        self.digits(2).filter(|number| *number < end)
    }

    /// `hh[:mm[:ss[.fraction]]]` (Python writes no more than it is asked to), in microseconds since midnight.
    fn time_of_day(&mut self) -> Option<i64> {
        let hour = self.two_digits(24)?;
        let minute = if self.skip(b":").is_some() { self.two_digits(60)? } else { 0 };
        let minutes = hour * 60 + minute;
        if self.skip(b":").is_none() {
            return Some(minutes * 60 * MICROS_PER_SECOND);
        }
        let second = self.two_digits(61)?;
        let micros = self.fraction()?;
        let (second, micros) = if second == 60 { (59, MICROS_PER_SECOND - 1) } else { (second, micros) };
        Some((minutes * 60 + second) * MICROS_PER_SECOND + micros)
    }

    /// `[.]` and up to nine digits, in whole microseconds; zero where there is none.
    fn fraction(&mut self) -> Option<i64> {
        if self.skip(b".").is_none() {
            return Some(0);
        }
        let mut micros = 0;
        let mut weight = MICROS_PER_SECOND / 10;
        for _ in 0..9 {
            let Some(digit) = self.digit() else { break };
            micros += digit * weight;
            weight /= 10;
        }
        Some(micros)
    }

    /// `Z`, `±hh`, `±hhmm`, `±hh:mm` or `±hh:mm:ss` (Python writes the last for zones of old), in microseconds;
    /// zero where there is none.
    fn offset(&mut self) -> Option<i64> {
        if self.is_empty() || self.skip(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.skip(b"+-")? == b'-' { -1 } else { 1 };
        let mut seconds = self.two_digits(24)? * 3_600;
        let colon = self.skip(b":").is_some();
        if colon || !self.is_empty() {
            seconds += self.two_digits(60)? * 60;
        }
        if colon && self.skip(b":").is_some() {
            seconds += self.two_digits(60)?;
        }
        Some(sign * seconds * MICROS_PER_SECOND)
    }
}
