//! The fields of a registration from strangers: no text makes a rule panic, and what passes is what was given.
#![allow(clippy::unwrap_used)]

use hexad_domain::{City, Dni, Email, FirstName, LastName, Password, Username};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_rule_says_the_same_of_every_text_as_its_sentence(text in "(?s).{0,130}") {
        let count = text.chars().count();
        let named = Username::parse(&text);
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        prop_assert_eq!(named.is_ok(), (3..=80).contains(&count) && plain);
        for (passes, most) in [
            (FirstName::parse(&text).is_ok(), 100),
            (LastName::parse(&text).is_ok(), 100),
            (City::parse(&text).is_ok(), 100),
            (Dni::parse(&text).is_ok(), 20),
        ] {
            prop_assert_eq!(passes, (1..=most).contains(&count) && !text.contains('\0'));
        }
        if let Ok(city) = City::parse(&text) {
            prop_assert_eq!(city.as_str(), text);
        }
    }

    #[test]
    fn an_email_has_something_around_its_one_at_sign(text in "[a-c@ .\\t\u{a0}]{0,8}") {
        let sides: Vec<&str> = text.split('@').collect();
        let around = sides.len() == 2 && sides.iter().all(|side| !side.is_empty());
        let spaces = text.chars().any(char::is_whitespace);
        prop_assert_eq!(Email::parse(&text).is_ok(), around && !spaces);
    }

    #[test]
    fn a_password_is_bounded_by_its_bytes_alone(text in "(?s)\u{1f480}.{0,400}") {
        // None among the commonest begins so.
        prop_assert_eq!(Password::choose(&text).is_ok(), (8..=1024).contains(&text.len()));
    }
}
