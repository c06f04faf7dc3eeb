//! The phrase against a table of what moment itself said; `data/moment-phrases.mjs` made it.
#![allow(clippy::unwrap_used)]

use hexad_domain::Timestamp;
use hexad_domain::phrase::from_now;
use proptest::prelude::*;

fn millis(text: &str) -> Timestamp {
    Timestamp::from_unix_millis(text.parse().unwrap()).unwrap()
}

#[test]
fn every_phrase_is_the_one_that_moment_says() {
    let table = include_str!("data/moment-phrases.tsv");
    let mut rows = 0;
    let mut wrong = Vec::new();
    for line in table.lines() {
        let [then, now, expected]: [&str; 3] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let phrase = from_now(millis(then), millis(now));
        if phrase != expected {
            wrong.push(format!("{then} from {now}: {phrase:?}, moment says {expected:?}"));
        }
        rows += 1;
    }
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows > 500, "the table has only {rows} rows");
}

#[test]
fn microseconds_are_cut_off_before_the_distance_is_taken() {
    let micros = |micros| Timestamp::from_unix_micros(micros).unwrap();
    assert_eq!(from_now(micros(999), micros(0)), "a few seconds ago");
    // 44.500 s by milliseconds is 45 s, although less than 44.5 s have passed.
    assert_eq!(from_now(micros(999), micros(44_500_000)), "a minute ago");
    assert_eq!(from_now(micros(-1), micros(44_499_000)), "a minute ago");
}

proptest! {
    #[test]
    fn both_directions_say_the_same_distance(
        one in Timestamp::MIN.unix_micros()..=Timestamp::MAX.unix_micros(),
        other in Timestamp::MIN.unix_micros()..=Timestamp::MAX.unix_micros(),
    ) {
        let (one, other) = (Timestamp::from_unix_micros(one).unwrap(), Timestamp::from_unix_micros(other).unwrap());
        let (earlier, later) = (one.min(other), one.max(other));
        prop_assume!(earlier.unix_millis() < later.unix_millis());
        let past = from_now(earlier, later);
        let future = from_now(later, earlier);
        prop_assert_eq!(past.strip_suffix(" ago").unwrap(), future.strip_prefix("in ").unwrap());
    }
}
