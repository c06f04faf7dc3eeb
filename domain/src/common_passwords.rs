//! Passwords that everybody tries first: the 10,000 commonest of the list that Django 5.2.19 carries
//! (`django/contrib/auth/common-passwords.txt.gz`, BSD-3-Clause, made by Royce Williams from the hashes of Have I Been
//! Pwned). `tests/data/common-passwords.py` made `common_passwords.txt` of it.

use std::cmp::Ordering;

/// In lower case, one on each line, in the order of the bytes. It is searched as it stands: an index on the heap would
/// hold several times its 80 kB, and pages of it that nobody asks for are never read from the disk.
static LIST: &str = include_str!("common_passwords.txt");

/// Whether a password is among the 10,000 commonest, whatever its case.
///
/// ```
/// use hexad_domain::common_passwords::is_common;
///
/// assert!(is_common("Password1"));
/// assert!(!is_common("correct horse battery staple"));
/// ```
pub fn is_common(password: &str) -> bool {
    let mut unsearched = LIST;
    while let Some((before, line, after)) = middle_line(unsearched) {
        // Stops at the first character that differs, so a long password costs no more than a short one.
        match line.chars().cmp(password.chars().flat_map(char::to_lowercase)) {
            Ordering::Equal => return true,
            Ordering::Less => unsearched = after,
            Ordering::Greater => unsearched = before,
        }
    }
    false
}

/// A line near the middle, with what stands before and after it; `None` where there is no line left.
fn middle_line(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let middle = text.floor_char_boundary(text.len() / 2);
    let (front, back) = text.split_at_checked(middle).filter(|_| !text.is_empty())?;
    let start = front.rfind('\n').map_or(0, |newline| newline + 1);
    let end = back.find('\n').map_or(text.len(), |newline| middle + newline);
    let after = text.get(end..)?;
    Some((text.get(..start)?, text.get(start..end)?, after.strip_prefix('\n').unwrap_or(after)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_list_is_ten_thousand_lines_in_order_and_in_lower_case() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert_eq!(lines.len(), 10_000);
        assert!(lines.is_sorted_by(|one, next| one < next));
        assert!(lines.iter().all(|line| !line.is_empty() && *line == line.to_lowercase()));
    }

    #[test]
    fn every_line_is_found_in_either_case() {
        for line in LIST.lines() {
            assert!(is_common(line), "{line}");
            assert!(is_common(&line.to_uppercase()), "{line} in upper case");
        }
    }

    #[test]
    fn what_is_near_a_line_is_not_in_the_list() {
        for password in
            ["", "\n", "123456\n", "\n123456", "123456 ", " 123456", "password1\npassword2", "passwor"]
        {
            assert!(!is_common(password), "{password:?}");
        }
    }

    #[test]
    fn letters_that_become_ascii_in_lower_case_count() {
        // U+212A, the sign of the kelvin, is a k in lower case.
        assert!(is_common("mon\u{212a}ey"));
    }

    #[test]
    fn a_password_of_any_length_is_answered() {
        assert!(!is_common(&"1".repeat(10_000_000)));
        assert!(!is_common(&"İ".repeat(10_000)));
    }

    proptest! {
        #[test]
        fn the_search_agrees_with_a_look_at_every_line(password in r"(?s).{0,12}|[a-z0-9]{3,6}") {
            let listed = LIST.lines().any(|line| line == password.to_lowercase());
            prop_assert_eq!(is_common(&password), listed);
        }
    }
}
