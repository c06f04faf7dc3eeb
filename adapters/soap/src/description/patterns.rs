//! The rules of the domain as regular expressions of XML Schema.
//!
//! They judge what is sent, and the rules what is left of it once white space around it is gone. So the expressions
//! say where such may stand: a client that validates is never stopped from what the service accepts. What counts as
//! white space is told by its characters, as the classes of an expression mean less in one library than in another.

use hexad::domain::{Content, Rule};

/// The characters of `White_Space` (Unicode) that XML can carry, as part of a class.
const SPACE: &str = "\\t\\n\\r \u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

/// The control characters that XML can carry and are no white space, as part of a class.
const CONTROL: &str = "\u{7f}-\u{9f}";

/// The expressions, all of which hold for what may be sent for a text.
pub(super) fn patterns(rule: &Rule) -> Vec<String> {
    let (least, most) = (rule.least, rule.most);
    let within = |value: String| format!("[{SPACE}]*{value}[{SPACE}]*");
    match rule.content {
        Content::Name => vec![within(format!("[A-Za-z0-9._\\-]{{{least},{most}}}"))],
        Content::Address => {
            let side = format!("[^@{SPACE}{CONTROL}]+");
            vec![within(format!("{side}@{side}")), within(format!("[^{SPACE}]{{{least},{most}}}"))]
        }
        Content::Text | Content::Secret => {
            let (least, most) = (least.saturating_sub(2), most.saturating_sub(2));
            let more = format!("([\\s\\S]{{{least},{most}}}[^{SPACE}])");
            let optional = if rule.least < 2 { "?" } else { "" };
            vec![within(format!("[^{SPACE}]{more}{optional}"))]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::patterns;
    use hexad::domain::{Content, Field, Rule};
    use proptest::prelude::*;
    use regex::Regex;
    use std::sync::LazyLock;

    /// A rule, and its expressions: what these consist of means the same in this dialect.
    struct Judged(Rule, Vec<Regex>);

    impl Judged {
        fn by(rule: Rule) -> Self {
            let whole = |pattern: String| Regex::new(&format!("^(?:{pattern})$")).unwrap();
            Self(rule, patterns(&rule).into_iter().map(whole).collect())
        }

        /// Fails where one lets the text pass and the other does not.
        fn agree_on(&self, sent: &str) {
            let Self(rule, expressions) = self;
            let passes = expressions.iter().all(|expression| expression.is_match(sent));
            assert_eq!(passes, rule.allows(rule.value(sent)), "{sent:?} by {rule:?}");
        }
    }

    /// One rule of each kind but the secret's, which has no expression.
    fn rules() -> [Judged; 3] {
        [Field::Username, Field::Email, Field::Dni].map(|field| Judged::by(field.rule()))
    }

    fn is_xml(c: char) -> bool {
        xml::common::is_xml10_char(c)
    }

    #[test]
    fn every_character_is_judged_as_the_rule_judges_it_at_the_edge_and_within() {
        let rules = rules();
        // Up to the last white space there is, and some beyond.
        for c in ('\u{9}'..'\u{3100}').chain(['\u{feff}', '\u{fffd}', '😊']).filter(|c| is_xml(*c)) {
            for sent in
                [c.to_string(), format!("{c}a@b"), format!("a@b{c}"), format!("a@{c}b"), format!("ab{c}d")]
            {
                rules.iter().for_each(|rule| rule.agree_on(&sent));
            }
        }
    }

    #[test]
    fn the_bounds_are_those_of_the_rule() {
        for field in Field::ALL.into_iter().filter(|field| *field != Field::Password) {
            let judged = Judged::by(field.rule());
            let (least, most) = (judged.0.least, judged.0.most);
            for length in [0, 1, 2, 3, least - 1, least, most, most + 1, most + 2] {
                let value = match judged.0.content {
                    Content::Address if length >= 3 => format!("{}@b", "a".repeat(length - 2)),
                    _ => "a".repeat(length),
                };
                judged.agree_on(&value);
                judged.agree_on(&format!("\n\u{2003}{value} \u{a0}"));
            }
        }
    }

    #[test]
    fn a_rule_of_two_or_more_characters_is_one_expression_too() {
        let judged = Judged::by(Rule { content: Content::Text, least: 3, most: 4, says: "" });
        for sent in ["", "a", "ab", "abc", " a b ", "abcd", "a  b", "abcde", "a   b"] {
            judged.agree_on(sent);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_passes_where_the_rule_lets_it(
            sent in prop::collection::vec(
                "[ \\t\\u{a0}\\u{2028}]{0,3}(\\PC{0,12}|[a-z@._ ñ\\u{85}\\u{7f}-]{0,24})[ \\n\\u{3000}]{0,3}",
                30,
            ),
        ) {
            static RULES: LazyLock<[Judged; 3]> = LazyLock::new(rules);
            for sent in sent.iter().filter(|sent| sent.chars().all(is_xml)) {
                RULES.iter().for_each(|rule| rule.agree_on(sent));
            }
        }
    }
}
