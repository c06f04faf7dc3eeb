//! Moments in time.

use std::time::Duration;

use time::{Date, Month, OffsetDateTime};

mod parse;

/// A moment in UTC, in whole microseconds since the Unix epoch, within the years 1 to 9999.
///
/// Microseconds are what PostgreSQL keeps and what an event's time is written in; the years are those that RFC 3339
/// can write.
///
/// ```
/// use hexad_domain::Timestamp;
///
/// let moment = Timestamp::parse("2026-11-22T19:56:53.128+01:00").unwrap();
/// assert_eq!(moment.rfc3339_millis(), "2026-11-22T18:56:53.128Z");
/// assert_eq!(moment.rfc3339_micros(), "2026-11-22T18:56:53.128000+00:00");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const MICROS_PER_MILLI: i64 = 1_000;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// 0001-01-01T00:00:00Z.
const MIN_MICROS: i64 = -62_135_596_800_000_000;
/// 9999-12-31T23:59:59.999999Z.
const MAX_MICROS: i64 = 253_402_300_799_999_999;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(0);
    /// 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(MIN_MICROS);
    /// 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(MAX_MICROS);

    /// The moment so many microseconds after the epoch; `None` outside the years 1 to 9999.
    pub const fn from_unix_micros(micros: i64) -> Option<Self> {
        if micros >= MIN_MICROS && micros <= MAX_MICROS { Some(Self(micros)) } else { None }
    }

    /// The moment so many milliseconds after the epoch; `None` outside the years 1 to 9999.
    pub const fn from_unix_millis(millis: i64) -> Option<Self> {
        match millis.checked_mul(MICROS_PER_MILLI) {
            Some(micros) => Self::from_unix_micros(micros),
            None => None,
        }
    }

    /// The moment so many seconds after the epoch; `None` outside the years 1 to 9999.
    pub const fn from_unix_seconds(seconds: i64) -> Option<Self> {
        match seconds.checked_mul(MICROS_PER_SECOND) {
            Some(micros) => Self::from_unix_micros(micros),
            None => None,
        }
    }

    /// Microseconds since the epoch.
    pub const fn unix_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch, rounded towards the past.
    pub const fn unix_millis(self) -> i64 {
        self.0.div_euclid(MICROS_PER_MILLI)
    }

    /// Whole seconds since the epoch, rounded towards the past.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// The moment `duration` later (whole microseconds of it), at most [`Timestamp::MAX`].
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole_micros(duration)).min(MAX_MICROS))
    }

    /// The moment `duration` earlier (whole microseconds of it), at least [`Timestamp::MIN`].
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(whole_micros(duration)).max(MIN_MICROS))
    }

    /// How long after `earlier` this moment is; zero where it is not later.
    ///
    /// ```
    /// use std::time::Duration;
    /// use hexad_domain::Timestamp;
    ///
    /// let later = Timestamp::UNIX_EPOCH.saturating_add(Duration::from_secs(5));
    /// assert_eq!(later.since(Timestamp::UNIX_EPOCH), Duration::from_secs(5));
    /// assert_eq!(Timestamp::UNIX_EPOCH.since(later), Duration::ZERO);
    /// ```
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// As JavaScript's `toISOString` writes it: `2026-11-22T18:56:53.128Z`, microseconds cut off.
    pub fn rfc3339_millis(self) -> String {
        format!("{}.{:03}Z", self.to_the_second(), self.unix_millis().rem_euclid(1_000))
    }

    /// As Python's `isoformat` writes it: `2026-11-22T18:56:51.837633+00:00`, but always with six digits.
    pub fn rfc3339_micros(self) -> String {
        format!("{}.{:06}+00:00", self.to_the_second(), self.0.rem_euclid(MICROS_PER_SECOND))
    }

    /// Reads what RFC 3339, JavaScript and Python write: a date, then `T` or a space and a time with 0 to 9 digits of
    /// fraction (cut to microseconds), then `Z` or an offset. Without an offset the time is UTC; a date alone is its
    /// midnight in UTC. A leap second is read as the last microsecond before it ends, as no other clock here has one.
    ///
    /// ```
    /// use hexad_domain::Timestamp;
    ///
    /// let moment = Timestamp::parse("2026-11-22 18:56:53").unwrap();
    /// assert_eq!(moment.unix_seconds(), 1_795_373_813);
    /// assert_eq!(Timestamp::parse("2026-02-29"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        parse::timestamp(text.as_bytes()).and_then(Self::from_unix_micros)
    }

    /// The calendar day in UTC.
    pub(crate) fn date(self) -> Date {
        self.date_time().date()
    }

    fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH.saturating_add(time::Duration::microseconds(self.0))
    }

    fn to_the_second(self) -> String {
        let moment = self.date_time();
        let (year, month, day) = moment.to_calendar_date();
        let (hour, minute, second) = moment.to_hms();
        format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}", u8::from(month))
    }
}

fn whole_micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Microseconds from the epoch to the midnight that begins this day in UTC; `None` for a day that no calendar has.
fn midnight_micros(year: i32, month: u8, day: u8) -> Option<i64> {
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    let days = i64::from(date.to_julian_day()) - i64::from(OffsetDateTime::UNIX_EPOCH.to_julian_day());
    days.checked_mul(86_400 * MICROS_PER_SECOND)
}
