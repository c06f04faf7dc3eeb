//! Moments: what is read, what is written, and where the years end.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use hexad_domain::Timestamp;
use proptest::prelude::*;

fn micros(text: &str) -> Option<i64> {
    Timestamp::parse(text).map(Timestamp::unix_micros)
}

#[test]
fn every_way_to_write_a_moment_is_read() {
    for (text, expected) in [
        ("1970-01-01", 0),
        ("1970-01-02T03:04:05Z", 97_445_000_000),
        ("1970-01-02t03:04:05z", 97_445_000_000),
        ("1970-01-02 03:04:05", 97_445_000_000),
        ("1970-01-02T03:04", 97_440_000_000),
        ("1970-01-02T03", 97_200_000_000),
        ("1970-01-02T03:04:05.1Z", 97_445_100_000),
        ("1970-01-02T03:04:05.000001999Z", 97_445_000_001),
        ("1970-01-02T03:04:05.999999+00:00", 97_445_999_999),
        ("1970-01-02T05:34:05+02:30", 97_445_000_000),
        ("1970-01-02T00:34:05-0230", 97_445_000_000),
        ("1970-01-02 05:04:05.5+02", 97_445_500_000),
        ("1970-01-02T03:24:05+00:19:32", 97_473_000_000),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("2016-12-31T23:59:60Z", 1_483_228_799_999_999),
        ("2000-02-29T00:00:00Z", 951_782_400_000_000),
    ] {
        assert_eq!(micros(text), Some(expected), "{text}");
    }
}

#[test]
fn what_is_no_moment_is_refused() {
    for text in [
        "",
        "1970",
        "1970-01",
        "1970-1-1",
        "70-01-01",
        "1970-13-01",
        "1970-00-01",
        "1970-02-30",
        "1900-02-29",
        "1970-01-01T",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:61Z",
        "1970-01-01_00:00:00Z",
        "1970-01-01T00:00:00ZZ",
        "1970-01-01T00:00:00 Z",
        "1970-01-01T00:00:00+",
        "1970-01-01T00:00:00+1",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+01:",
        "1970-01-01T00:00:00+01:60",
        "1970-01-01T00:00:00.1234567890Z",
        "1970-01-01Z",
        " 1970-01-01",
        "1970-01-01 ",
        "+001970-01-01",
        "-001-01-01",
        "0000-01-01",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "１９７０-01-01",
        "1970-01-01T0é:00:00",
    ] {
        assert_eq!(micros(text), None, "{text}");
    }
}

#[test]
fn the_years_end_where_rfc_3339_ends() {
    assert_eq!(Timestamp::MIN.rfc3339_micros(), "0001-01-01T00:00:00.000000+00:00");
    assert_eq!(Timestamp::MAX.rfc3339_micros(), "9999-12-31T23:59:59.999999+00:00");
    assert_eq!(Timestamp::from_unix_micros(Timestamp::MIN.unix_micros() - 1), None);
    assert_eq!(Timestamp::from_unix_micros(Timestamp::MAX.unix_micros() + 1), None);
    assert_eq!(Timestamp::from_unix_millis(i64::MAX), None);
    assert_eq!(Timestamp::from_unix_seconds(i64::MIN), None);
    assert_eq!(Timestamp::MAX.saturating_add(Duration::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::MIN.saturating_sub(Duration::MAX), Timestamp::MIN);
}

#[test]
fn parts_of_a_unit_round_towards_the_past() {
    let just_before = Timestamp::from_unix_micros(-1).unwrap();
    assert_eq!(just_before.unix_millis(), -1);
    assert_eq!(just_before.unix_seconds(), -1);
    assert_eq!(just_before.rfc3339_millis(), "1969-12-31T23:59:59.999Z");
    assert_eq!(just_before.rfc3339_micros(), "1969-12-31T23:59:59.999999+00:00");
}

fn any_moment() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.unix_micros()..=Timestamp::MAX.unix_micros())
        .prop_map(|micros| Timestamp::from_unix_micros(micros).unwrap())
}

proptest! {
    #[test]
    fn what_is_written_reads_back(moment in any_moment()) {
        prop_assert_eq!(Timestamp::parse(&moment.rfc3339_micros()), Some(moment));
        prop_assert_eq!(
            Timestamp::parse(&moment.rfc3339_millis()),
            Timestamp::from_unix_millis(moment.unix_millis())
        );
    }

    #[test]
    fn text_orders_as_the_moments_do(one in any_moment(), other in any_moment()) {
        prop_assert_eq!(one.cmp(&other), one.rfc3339_micros().cmp(&other.rfc3339_micros()));
    }

    #[test]
    fn what_passed_leads_back(one in any_moment(), other in any_moment()) {
        let (earlier, later) = (one.min(other), one.max(other));
        prop_assert_eq!(earlier.saturating_add(later.since(earlier)), later);
        prop_assert_eq!(later.saturating_sub(later.since(earlier)), earlier);
        prop_assert_eq!(earlier.since(later), Duration::ZERO);
    }

    #[test]
    fn no_text_panics(text in r"\PC{0,40}|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]?[-+:.Z0-9]{0,24}") {
        let _ = Timestamp::parse(&text);
    }
}
