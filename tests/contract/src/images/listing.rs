//! Names come page by page, in the order of their bytes.

use super::{ImagesHarness, bytes_of, list, must_create, name};
use hexad_domain::image::ImageName;
use std::collections::BTreeMap;

/// In the order of their bytes, which is not that of any language.
const NAMES: [&str; 14] = [
    "-.png", "-a", "0.png", "00.png", "9.png", "A.png", "Z.png", "a", "a-b.png", "a.b.png", "a.png",
    "aB.png", "a_b.png", "ab.png",
];

async fn fill(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    for (seed, text) in NAMES.iter().rev().enumerate() {
        must_create(store.as_ref(), &name(text), &bytes_of(seed as u64, 10)).await;
    }
}

pub async fn names_come_in_byte_order(harness: &dyn ImagesHarness) {
    assert!(NAMES.is_sorted());
    assert_eq!(list(harness.store().await.as_ref(), None, 100).await, [""; 0]);
    fill(harness).await;
    assert_eq!(list(harness.store().await.as_ref(), None, 100).await, NAMES);
}

pub async fn a_page_holds_no_more_than_its_limit(harness: &dyn ImagesHarness) {
    fill(harness).await;
    let store = harness.store().await;
    for limit in [1, 3, 13, 14, 15, 1_000] {
        let mut pages = Vec::new();
        let mut after = None;
        loop {
            let page = list(store.as_ref(), after.as_ref(), limit).await;
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            after = Some(ImageName::from_stored(last.clone()));
            pages.extend(page);
            assert!(pages.len() <= NAMES.len(), "the pages do not end: {pages:?}");
        }
        assert_eq!(pages, NAMES, "by {limit}");
    }
}

pub async fn a_page_begins_after_its_cursor(harness: &dyn ImagesHarness) {
    fill(harness).await;
    let store = harness.store().await;
    // Whether the cursor is (still) there or not.
    let (long, longest) = ("a".repeat(256), "a".repeat(1_024));
    // Nor need it be a name that the store could hold.
    let odd = [
        ".",
        "..",
        "./x",
        "../x",
        "a.png/./b",
        "a/../b",
        "a//b",
        "a/",
        "/",
        "..\\x",
        "\\..\\",
        " ..",
        "a/.. /b",
        "\u{a0}.",
        "\u{1}",
        "a\nb",
        "日本",
        "\u{10ffff}",
        &long,
        &longest,
    ];
    let plain = ["", "-.png", "-b", "A.png", "Zz", "a", "a.png", "a~", "ab.png", "zzz"];
    for cursor in plain.into_iter().chain(odd) {
        let after = ImageName::from_stored(cursor.to_owned());
        let expected: Vec<&str> = NAMES.into_iter().filter(|name| *name > cursor).collect();
        assert_eq!(list(store.as_ref(), Some(&after), 100).await, expected, "{cursor:?}");
    }
}

pub async fn pages_hold_each_image_once_while_others_come(harness: &dyn ImagesHarness) {
    let store = harness.store().await;
    for number in 0..40 {
        must_create(store.as_ref(), &name(&format!("{number:02}.png")), &bytes_of(number, 10)).await;
    }
    let uploads = harness.store().await;
    let uploader = tokio::spawn(async move {
        for number in 0..40 {
            must_create(uploads.as_ref(), &name(&format!("{number:02}-new.png")), &bytes_of(number, 20))
                .await;
        }
    });
    // At least once while others come, and once after.
    let mut finished = false;
    while !finished {
        finished = uploader.is_finished();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = list(store.as_ref(), after.as_ref(), 3).await;
            assert!(page.is_sorted(), "{page:?}");
            let Some(last) = page.last() else { break };
            after = Some(ImageName::from_stored(last.clone()));
            page.into_iter().for_each(|name| *seen.entry(name).or_default() += 1);
            assert!(seen.values().all(|times| *times == 1), "{seen:?}");
            tokio::task::yield_now().await;
        }
        let old = seen.keys().filter(|name| !name.contains("new")).count();
        assert_eq!(old, 40);
        assert!(!finished || seen.len() == 80);
    }
    uploader.await.expect("the uploads");
}
