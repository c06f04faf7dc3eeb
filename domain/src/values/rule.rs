//! What each field may hold, as data: the one statement of it, by which values are judged and from which a face tells
//! its clients beforehand.

use super::{Field, Password};

/// What a field may hold.
///
/// ```
/// use hexad_domain::{Content, Field};
///
/// let rule = Field::Username.rule();
/// assert_eq!((rule.content, rule.least, rule.most), (Content::Name, 3, 80));
/// assert_eq!(rule.value(" ada\n"), "ada");
/// assert!(rule.allows("ada") && !rule.allows("a"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Of what kind the value is.
    pub content: Content,
    /// The fewest characters, of [`Content::Secret`] bytes.
    pub least: usize,
    /// The most of them.
    pub most: usize,
    /// The same for a person to read, after the field's name.
    pub says: &'static str,
}

/// Of what kind a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// ASCII letters, digits, dots, underscores and hyphens.
    Name,
    /// One `@` with something on both sides, no spaces or controls.
    Address,
    /// Any text but U+0000, which no text column can hold.
    Text,
    /// Any bytes, taken as they are. That a password is none of the commonest is a rule besides.
    Secret,
}

impl Rule {
    /// The value in what was sent: white space around it is no part of it, but for a secret's.
    pub fn value<'a>(&self, sent: &'a str) -> &'a str {
        match self.content {
            Content::Secret => sent,
            Content::Name | Content::Address | Content::Text => sent.trim(),
        }
    }

    /// Whether the field may hold the value.
    pub fn allows(&self, value: &str) -> bool {
        let length = match self.content {
            Content::Secret => value.len(),
            Content::Name | Content::Address | Content::Text => value.chars().count(),
        };
        (self.least..=self.most).contains(&length) && self.content.allows(value)
    }
}

impl Content {
    fn allows(self, value: &str) -> bool {
        match self {
            Content::Name => value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')),
            Content::Address => {
                let sides = value.split_once('@');
                let shape = sides.is_some_and(|(local, domain)| {
                    !local.is_empty() && !domain.is_empty() && !domain.contains('@')
                });
                shape && !value.contains(|c: char| c.is_whitespace() || c.is_control())
            }
            Content::Text => !value.contains('\0'),
            Content::Secret => true,
        }
    }
}

impl Field {
    /// What the field may hold. Lengths are those of the columns.
    pub const fn rule(self) -> Rule {
        match self {
            Field::Username => Rule {
                content: Content::Name,
                least: 3,
                most: 80,
                says: "must be 3 to 80 letters (A to Z), digits, dots, underscores or hyphens",
            },
            Field::Password => Rule {
                content: Content::Secret,
                least: Password::MIN_BYTES,
                most: Password::MAX_BYTES,
                says: "must be 8 to 1024 bytes long",
            },
            Field::FirstName | Field::LastName | Field::City => {
                Rule { content: Content::Text, least: 1, most: 100, says: "must be 1 to 100 characters" }
            }
            Field::Dni => {
                Rule { content: Content::Text, least: 1, most: 20, says: "must be 1 to 20 characters" }
            }
            Field::Email => Rule {
                content: Content::Address,
                least: 3,
                most: 120,
                says: "must be 3 to 120 characters with one @ and no spaces",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_rule_have_its_numbers() {
        for field in Field::ALL {
            let rule = field.rule();
            let bounds = format!("must be {} to {} ", rule.least, rule.most);
            assert!(rule.says.starts_with(&bounds), "{field} {}", rule.says);
            assert!(rule.least >= 1, "an empty {field} is a missing one");
        }
    }

    #[test]
    fn white_space_around_a_value_is_no_part_of_it_but_for_a_secrets() {
        for field in Field::ALL {
            let value = field.rule().value("\u{a0} a\u{2003}b\n");
            assert_eq!(value == "a\u{2003}b", field != Field::Password, "{field}");
        }
    }
}
