//! The distance between two moments, in words: what moment.js says for `moment(then).from(now)` in English and UTC.
//!
//! Clients of the originals show this phrase, so it is moment's to the letter: its months of the calendar, its
//! thresholds, its rounding, its floating point. `tests/phrase.rs` holds it to answers that moment itself gave.

use time::Date;

use crate::Timestamp;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// How far `then` lies from `now`: `3 days ago`, `in a month`. Microseconds are cut off, as moment knows none; two
/// equal moments are `a few seconds ago`.
///
/// ```
/// use std::time::Duration;
/// use hexad_domain::{Timestamp, phrase::from_now};
///
/// let now = Timestamp::parse("2026-11-22T18:56:53Z").unwrap();
/// let yesterday = now.saturating_sub(Duration::from_secs(86_400));
/// assert_eq!(from_now(now, now), "a few seconds ago");
/// assert_eq!(from_now(yesterday, now), "a day ago");
/// assert_eq!(from_now(now, yesterday), "in a day");
/// ```
pub fn from_now(then: Timestamp, now: Timestamp) -> String {
    if then.unix_millis() > now.unix_millis() {
        format!("in {}", Distance::between(now, then).in_words())
    } else {
        format!("{} ago", Distance::between(then, now).in_words())
    }
}

/// Whole months of the calendar, and what is left over.
struct Distance {
    months: i64,
    millis: i64,
}

impl Distance {
    /// Moment's `positiveMomentsDifference`: the months by their numbers, less one where the earlier moment, so many
    /// months on, would pass the later. A month on from the 31st is the last day of a shorter month.
    fn between(earlier: Timestamp, later: Timestamp) -> Self {
        let (from, to) = (earlier.date(), later.date());
        let mut months = month_number(to) - month_number(from);
        let mut month_end = month_end(to);
        let mut millis = later.unix_millis() - same_day_of_month(earlier, from, month_end);
        if millis < 0 {
            months -= 1;
            month_end = MonthEnd {
                julian_day: month_end.julian_day - month_end.length,
                length: i64::from(to.month().previous().length(to.year())),
            };
            millis = later.unix_millis() - same_day_of_month(earlier, from, month_end);
        }
        Self { months, millis }
    }

    /// Moment's `relativeTime` with its default thresholds. Its sums stay in floating point and in moment's order:
    /// where one comes close to a half, an exact sum could round the other way.
    fn in_words(&self) -> String {
        let millis = self.millis as f64;
        let days = (self.months as f64 * 146_097.0 / 4_800.0).round();
        let months = self.months as f64 + millis / MILLIS_PER_DAY as f64 * 4_800.0 / 146_097.0;
        let in_seconds = (days * 86_400.0 + millis / 1_000.0).round();
        let in_minutes = (days * 1_440.0 + millis / 60_000.0).round();
        let in_hours = (days * 24.0 + millis / 3_600_000.0).round();
        let in_days = (days + millis / MILLIS_PER_DAY as f64).round();
        let in_months = months.round();
        let in_years = (months / 12.0).round();

        if in_seconds <= 44.0 {
            "a few seconds".to_owned()
        } else if in_minutes <= 1.0 {
            "a minute".to_owned()
        } else if in_minutes < 45.0 {
            format!("{in_minutes} minutes")
        } else if in_hours <= 1.0 {
            "an hour".to_owned()
        } else if in_hours < 22.0 {
            format!("{in_hours} hours")
        } else if in_days <= 1.0 {
            "a day".to_owned()
        } else if in_days < 26.0 {
            format!("{in_days} days")
        } else if in_months <= 1.0 {
            "a month".to_owned()
        } else if in_months < 11.0 {
            format!("{in_months} months")
        } else if in_years <= 1.0 {
            "a year".to_owned()
        } else {
            format!("{in_years} years")
        }
    }
}

/// Months counted from a fixed one.
fn month_number(date: Date) -> i64 {
    i64::from(date.year()) * 12 + i64::from(u8::from(date.month()))
}

/// The last day of a month, and how many days the month has.
#[derive(Clone, Copy)]
struct MonthEnd {
    julian_day: i64,
    length: i64,
}

fn month_end(date: Date) -> MonthEnd {
    let length = i64::from(date.month().length(date.year()));
    MonthEnd { julian_day: i64::from(date.to_julian_day()) + length - i64::from(date.day()), length }
}

/// `moment`, which is on `date`, moved to that month: the same time on the same day or on the month's last, in
/// milliseconds since the epoch.
fn same_day_of_month(moment: Timestamp, date: Date, month: MonthEnd) -> i64 {
    let julian_day = month.julian_day - (month.length - i64::from(date.day())).max(0);
    moment.unix_millis() + (julian_day - i64::from(date.to_julian_day())) * MILLIS_PER_DAY
}
