//! Names in order, page by page, as the store keeps them: S3 lists keys by their bytes.

use super::{
    client::{Call, Client},
    failure::{Failure, Refusal},
    object::is_image,
};
use hexad_ports::domain::image::ImageName;
use percent_encoding::percent_decode_str;
use roxmltree::{Document, Node};
use std::borrow::Cow;

/// What S3 gives at most at once.
const LARGEST_PAGE: usize = 1_000;

/// What is asked for at least, as some of the keys may be no images.
const SMALLEST_PAGE: usize = 50;

/// A page of keys as the store gives it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    keys: Vec<String>,
    /// What asks for the next one; `None` after the last.
    next: Option<String>,
}

/// The first `limit` names of images after `after`.
///
/// That the store is there its first page tells; the following ones may take longer, since a store looks through some
/// thousand keys before it gives the next (MinIO), and to begin anew would only have it look again.
pub(super) async fn names(
    client: &Client,
    after: Option<&ImageName>,
    limit: usize,
) -> Result<Vec<ImageName>, Failure> {
    let mut names: Vec<ImageName> = Vec::new();
    let mut from = after.map(|after| Cow::Borrowed(after.as_str()));
    let mut next: Option<String> = None;
    while names.len() < limit {
        let wanted = limit.saturating_sub(names.len()).clamp(SMALLEST_PAGE, LARGEST_PAGE);
        // The patience is for each page: that many keys are no images is no fault of the store.
        let page = match next.as_deref() {
            None => client.within(first_page(client, &mut from, wanted)).await?,
            next => client.within_long(page(client, from.as_deref(), next, wanted)).await?,
        };
        let images = page.keys.into_iter().map(ImageName::from_stored).filter(is_image);
        let images = images.filter(|name| after.is_none_or(|after| name > after));
        names.extend(images.take(limit.saturating_sub(names.len())));
        match page.next {
            Some(token) => next = Some(token),
            None => break,
        }
    }
    Ok(names)
}

/// The page that begins after `from`, which is put a little before where it was if the store does not take it: what is
/// no key may be a cursor all the same.
async fn first_page(client: &Client, from: &mut Option<Cow<'_, str>>, limit: usize) -> Result<Page, Failure> {
    match page(client, from.as_deref(), None, limit).await {
        Err(failure) if failure.refusal().is_some_and(Refusal::is_of_the_key) => {
            let Some(before) = from.as_deref().and_then(before_dots) else { return Err(failure) };
            *from = Some(Cow::Owned(before));
            page(client, from.as_deref(), None, limit).await
        }
        outcome => outcome,
    }
}

/// What no store refuses and comes before `cursor`, with little between the two. MinIO takes no key that has a part
/// `.` or `..`, between slashes or backslashes and among white space.
fn before_dots(cursor: &str) -> Option<String> {
    let mut kept = 0;
    for part in cursor.split_inclusive(['/', '\\']) {
        let name = part.trim_end_matches(['/', '\\']);
        if matches!(name.trim(), "." | "..") {
            let mut before = cursor.get(..kept)?.to_owned();
            // The last of the names that begin with another character, as good as.
            if let Some(lower) = name.chars().next().and_then(|first| ('\0'..first).next_back()) {
                before.extend([lower, char::MAX]);
            }
            return Some(before);
        }
        kept += part.len();
    }
    None
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub(super) async fn page(
    client: &Client,
    after: Option<&str>,
    token: Option<&str>,
    limit: usize,
) -> Result<Page, Failure> {
    let limit = limit.to_string();
    let mut query = vec![
        ("list-type", "2"),
        // Any key can be written in XML then.
        ("encoding-type", "url"),
        ("max-keys", &limit),
    ];
    query.extend(after.map(|after| ("start-after", after)));
    query.extend(token.map(|token| ("continuation-token", token)));
    parse(&client.ask_text(&Call { query: &query, ..Call::default() }).await?)
}

fn parse(text: &str) -> Result<Page, Failure> {
    let document = Document::parse(text).map_err(|error| Failure::Strange(error.to_string()))?;
    let root = document.root_element();
    if root.tag_name().name() != "ListBucketResult" {
        return Err(Failure::Strange(format!("<{}> is no listing", root.tag_name().name())));
    }
    let child = |node: Node<'_, '_>, name: &str| -> Option<String> {
        let child = node.children().find(|child| child.tag_name().name() == name)?;
        Some(child.text().unwrap_or_default().to_owned())
    };
    let contents = root.children().filter(|node| node.tag_name().name() == "Contents");
    let keys = contents.filter_map(|contents| decoded(&child(contents, "Key")?)).collect();
    let next = match child(root, "IsTruncated").as_deref() {
        Some("true") => Some(
            child(root, "NextContinuationToken")
                .ok_or_else(|| Failure::Strange("there is more, and no token that asks for it".to_owned()))?,
        ),
        _ => None,
    };
    Ok(Page { keys, next })
}

/// As forms are encoded, though what comes is no form: Amazon and MinIO write a space as a plus. `None` for what is no
/// UTF-8, which no key of S3 is.
fn decoded(key: &str) -> Option<String> {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    #[test]
    fn a_page_has_its_keys_and_what_asks_for_the_next() {
        // As Amazon documents it, with keys that are encoded.
        let page = parse(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Name>images</Name><Prefix/><KeyCount>3</KeyCount><MaxKeys>3</MaxKeys>
              <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
              <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
              <Contents><Key>%01+%2B.png</Key><Size>1</Size></Contents>
              <Contents><Key>a.png</Key><ETag>"a"</ETag><Size>4</Size><Owner><ID>x</ID></Owner></Contents>
              <Contents><Key>a/%E6%97%A5.png</Key></Contents><Contents><Key>%FF</Key></Contents>
            </ListBucketResult>"#,
        );
        let expected = Page {
            keys: vec!["\u{1} +.png".to_owned(), "a.png".to_owned(), "a/日.png".to_owned()],
            next: Some("1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=".to_owned()),
        };
        assert_eq!(page.unwrap(), expected);
    }

    #[test]
    fn what_is_no_listing_is_refused() {
        let endless = "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>";
        for text in ["", "<html></html>", "<!DOCTYPE x><ListBucketResult/>", "<ListBucketResult>", endless] {
            assert!(matches!(parse(text), Err(Failure::Strange(_))), "{text}");
        }
        assert_eq!(parse("<ListBucketResult/>").unwrap(), Page::default());
    }

    #[test]
    fn what_stands_in_the_place_of_dots_comes_before_them() {
        for (cursor, before) in [
            (".", "-\u{10ffff}"),
            ("..", "-\u{10ffff}"),
            ("a/../b", "a/-\u{10ffff}"),
            ("..\\x", "-\u{10ffff}"),
            ("\\..\\", "\\-\u{10ffff}"),
            ("a/b/ ..", "a/b/\u{1f}\u{10ffff}"),
            ("日/\u{a0}.", "日/\u{9f}\u{10ffff}"),
        ] {
            assert_eq!(before_dots(cursor).as_deref(), Some(before), "{cursor:?}");
        }
        for fine in ["", "a", "...", "a..b", "a/.b/..c", "a//b", "\\"] {
            assert_eq!(before_dots(fine), None, "{fine:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_left_out_for_dots(cursor in "[./\\\\ \u{a0}a-]{1,9}", names in prop::collection::vec("[./\\\\ \u{a0}!a-]{1,9}", 9)) {
            if let Some(before) = before_dots(&cursor) {
                prop_assert!(before < cursor);
                prop_assert_eq!(before_dots(&before), None);
                for name in names.iter().filter(|name| **name > cursor) {
                    prop_assert!(*name > before);
                }
            }
        }

        #[test]
        fn any_answer_is_read_or_refused(text: String, keys in prop::collection::vec("\\PC{1,9}", 0..9)) {
            let _ = parse(&text);
            let encoded = |key| utf8_percent_encode(key, NON_ALPHANUMERIC).to_string().replace("%20", "+");
            let contents: String =
                keys.iter().map(|key| format!("<Contents><Key>{}</Key></Contents>", encoded(key))).collect();
            let page = parse(&format!("<ListBucketResult>{contents}</ListBucketResult>")).unwrap();
            prop_assert_eq!(page.keys, keys);
        }
    }
}
