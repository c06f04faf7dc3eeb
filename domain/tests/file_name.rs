//! File names against a table of what werkzeug itself made of them; `data/secure-filename.py` made it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use hexad_domain::image::{ImageName, InvalidName};
use proptest::prelude::*;

#[test]
fn every_name_is_the_one_that_werkzeug_makes() {
    let mut rows = 0;
    let mut wrong = Vec::new();
    for line in include_str!("data/secure-filename.tsv").lines() {
        let (name, expected) = line.split_once('\t').unwrap();
        let name: String = serde_json::from_str(name).unwrap();
        let expected: String = serde_json::from_str(expected).unwrap();
        let made = ImageName::from_client(&name);
        let right = match expected.len() {
            0 => made == Err(InvalidName),
            1..=200 => made.as_ref().is_ok_and(|made| made.as_str() == expected),
            // werkzeug cuts nothing; what is cut here still begins as its answer does.
            _ => made
                .as_ref()
                .is_ok_and(|made| made.as_str().len() <= 200 && made.as_str()[..2] == expected[..2]),
        };
        if !right {
            wrong.push(format!("{name:?}: {made:?}, werkzeug says {expected:?}"));
        }
        rows += 1;
    }
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows > 500, "the table has only {rows} rows");
}

fn made(name: &str) -> String {
    ImageName::from_client(name).unwrap().as_str().to_owned()
}

#[test]
fn a_long_name_loses_the_end_of_its_stem() {
    let stem = "s".repeat(300);
    assert_eq!(made(&format!("{stem}.jpeg")), format!("{}.jpeg", "s".repeat(195)));
    assert_eq!(made(&stem), "s".repeat(200));
    assert_eq!(made(&format!("{}.png", "s".repeat(196))), format!("{}.png", "s".repeat(196)));
    assert_eq!(made(&format!("{}.png", "s".repeat(197))), format!("{}.png", "s".repeat(196)));
}

#[test]
fn an_extension_is_cut_only_where_it_alone_is_too_long() {
    let name = made(&format!("cat.{}", "e".repeat(300)));
    assert!(name.starts_with("cat.eee") && name.len() <= 200, "{name}");
    // What a cut lays bare goes too, or the name would not be its own sanitised form.
    assert_eq!(made(&format!("cat.png.{}e", "_".repeat(300))), "cat.png");
}

#[test]
fn a_name_that_sanitising_would_change_is_not_taken() {
    for name in
        ["", ".", "cat .png", "/cat.png", "cat.png.", "_cat.png", "catä.png", "cat\0.png", &"s".repeat(201)]
    {
        assert_eq!(ImageName::parse(name), Err(InvalidName), "{name:?}");
    }
    for name in ["cat.png", "CON.jpg", "a", "-rf", "a..b", "a__b.tar.gz", &"s".repeat(200)] {
        assert_eq!(ImageName::parse(name).unwrap().as_str(), name);
    }
}

#[test]
fn a_digest_stands_before_the_extension() {
    let digest = "0123456789abcdef".repeat(4);
    let with =
        |name: &str, digits| ImageName::from_stored(name.to_owned()).with_digest(&digest, digits).to_string();
    assert_eq!(with("cat.tar.gz", 12), "cat.tar-0123456789ab.gz");
    assert_eq!(with("cat", 4), "cat-0123");
    assert_eq!(with("cat.png", 1_000), format!("cat-{digest}.png"));
    let long = with(&format!("{}.png", "s".repeat(196)), 64);
    assert_eq!(long, format!("{}-{digest}.png", "s".repeat(131)));
    // A name that somebody else put into the store is cut at a character's edge.
    assert!(with(&"日".repeat(80), 64).len() <= 200);
}

proptest! {
    #[test]
    fn what_is_made_is_safe_and_stays_as_it_is(name in r"(?s).{0,40}|[a-z_./ ]{150,260}|[a-z]{1,9}\.[a-z_.]{150,260}") {
        if let Ok(made) = ImageName::from_client(&name) {
            let text = made.as_str();
            prop_assert!(!text.is_empty() && text.len() <= 200);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)));
            prop_assert!(!text.starts_with(['.', '_']) && !text.ends_with(['.', '_']));
            prop_assert_eq!(ImageName::parse(text), Ok(made.clone()));
        }
    }

    #[test]
    fn a_name_with_a_digest_is_safe_and_holds_the_digest(
        name in "[a-zA-Z0-9]([a-zA-Z0-9._-]{0,198}[a-zA-Z0-9])?",
        digest in "[0-9a-f]{64}",
        digits in 1_usize..=64,
    ) {
        let name = ImageName::parse(&name).unwrap().with_digest(&digest, digits);
        let needle = format!("-{}", &digest[..digits]);
        prop_assert!(name.as_str().contains(&needle));
        prop_assert_eq!(ImageName::parse(name.as_str()), Ok(name.clone()));
    }
}
