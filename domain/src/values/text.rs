//! The fields of a user that are text, each with the rule of what may enter.

use super::{Field, FieldError};

/// Declares a text value, which what enters becomes by the rule of its field.
macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $field:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes what enters from outside.
            ///
            /// # Errors
            /// The field's rule, where the text breaks it; an empty text counts as missing.
            pub fn parse(raw: &str) -> Result<Self, FieldError> {
                if raw.is_empty() {
                    return Err(FieldError::missing($field));
                }
                let rule = $field.rule();
                if rule.allows(raw) {
                    Ok(Self(raw.to_owned()))
                } else {
                    Err(FieldError::invalid($field, rule.says))
                }
            }

            /// Takes what a store holds, whatever it is: an adopted column may be older than the rule.
            pub fn from_stored(stored: impl Into<String>) -> Self {
                Self(stored.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_value! {
    /// The name a user logs in with: 3 to 80 of `A–Z a–z 0–9 . _ -`, case kept.
    ///
    /// ```
    /// use hexad_domain::Username;
    /// assert!(Username::parse("Ada.Lovelace").is_ok());
    /// assert!(Username::parse("ada lovelace").is_err());
    /// ```
    Username, Field::Username
}

text_value! {
    /// A mail address: 3 to 120 characters, one `@` with something on both sides, no spaces or controls.
    /// Compared exactly, as the stores compare it. Whether mail arrives there is not decided by its spelling.
    Email, Field::Email
}

text_value! {
    /// A given name: 1 to 100 characters.
    FirstName, Field::FirstName
}

text_value! {
    /// A family name: 1 to 100 characters.
    LastName, Field::LastName
}

text_value! {
    /// The number of the national identity document: 1 to 20 characters.
    Dni, Field::Dni
}

text_value! {
    /// A city: 1 to 100 characters.
    City, Field::City
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_characters_as_the_columns_do() {
        assert!(City::parse(&"ñ".repeat(100)).is_ok());
        assert!(City::parse(&"ñ".repeat(101)).is_err());
        assert!(Dni::parse(&"1".repeat(20)).is_ok());
        assert!(Dni::parse(&"1".repeat(21)).is_err());
        assert!(Username::parse("ab").is_err());
        assert!(Username::parse(&"a".repeat(80)).is_ok());
        assert!(Username::parse(&"a".repeat(81)).is_err());
        assert!(Email::parse(&format!("{}@b", "a".repeat(118))).is_ok());
        assert!(Email::parse(&format!("{}@b", "a".repeat(119))).is_err());
    }

    #[test]
    fn an_email_has_one_at_sign_with_something_on_both_sides() {
        for good in ["a@b", "ana.núñez+x@exámple.org", "\"q\"@x"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        for bad in ["@b", "a@", "a@b@c", "ab", "a b@c", "a@b\u{a0}c", "a@b\u{7f}", "a@b\n"] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_username_keeps_its_case_and_takes_no_other_alphabet() {
        assert_eq!(Username::parse("AdA").map(|u| u.as_str().to_owned()), Ok("AdA".to_owned()));
        assert!(Username::parse("añb").is_err());
        assert!(Username::parse("a@b").is_err());
    }

    #[test]
    fn empty_is_missing_and_nul_is_invalid() {
        assert_eq!(Dni::parse(""), Err(FieldError::missing(Field::Dni)));
        assert!(FirstName::parse("a\0").is_err());
    }

    #[test]
    fn what_is_stored_is_taken_as_it_is() {
        assert_eq!(Username::from_stored("not a username").as_str(), "not a username");
        assert_eq!(City::from_stored("").as_str(), "");
    }
}
