//! What every [`PasswordHasher`] promises.

use crate::{
    run::{at_once, soon},
    sample::ODD_TEXTS,
};
use async_trait::async_trait;
use hexad_domain::{Password, PasswordHash};
use hexad_ports::{PasswordHasher, Verdict};
use std::{future::Future, pin::pin, sync::Arc, task::Poll};

/// A hasher, of a low cost where the cost is not what is tried.
#[async_trait]
pub trait HasherHarness: Send + Sync {
    /// The hasher. It has room for sixteen at once.
    async fn hasher(&self) -> Arc<dyn PasswordHasher>;
}

/// The tests of a password hasher: `hexad_contract::hasher!(make)`, where `make` is an async function that gives a
/// [`HasherHarness`].
#[macro_export]
macro_rules! hasher {
    ($make:expr) => {
        $crate::suite!(
            hasher,
            hasher,
            $make,
            [
                a_password_matches_its_own_hash,
                another_password_does_not_match,
                a_hash_has_a_salt_of_its_own,
                a_hash_fits_its_column_and_hides_the_password,
                nobody_matches_nothing,
                an_unreadable_hash_matches_nothing,
                sixteen_are_hashed_at_once,
                one_who_gives_up_holds_up_nobody,
            ]
        );
    };
}

async fn hash(hasher: &dyn PasswordHasher, password: &str) -> PasswordHash {
    soon("a hash", hasher.hash(&Password::presented(password))).await.expect("a hash")
}

async fn verify(hasher: &dyn PasswordHasher, password: &str, stored: Option<&PasswordHash>) -> Verdict {
    soon("a verdict", hasher.verify(&Password::presented(password), stored)).await.expect("a verdict")
}

pub async fn a_password_matches_its_own_hash(harness: &dyn HasherHarness) {
    let hasher = harness.hasher().await;
    let long = "x".repeat(1_024);
    for password in ODD_TEXTS.into_iter().chain(["", "nul \0 inside", &long]) {
        let hash = hash(hasher.as_ref(), password).await;
        let verdict = verify(harness.hasher().await.as_ref(), password, Some(&hash)).await;
        assert_eq!(verdict, Verdict::Match { outdated: false }, "{password:?}");
    }
}

/// No two here differ by U+0000 at the end alone: HMAC fills its key up with zeros (RFC 2104), so that PBKDF2 cannot
/// tell them apart.
pub async fn another_password_does_not_match(harness: &dyn HasherHarness) {
    let hasher = harness.hasher().await;
    let long = "x".repeat(1_024);
    let longer = format!("{long}y");
    for (password, other) in [
        ("correct horse", "battery staple"),
        ("correct horse", ""),
        ("", " "),
        ("Secret", "secret"),
        ("secret", "secret "),
        ("nul \0 one", "nul \0 two"),
        ("\u{e9}", "e\u{301}"),
        (&long, &longer),
        (&long[..72], &long[..73]),
        (&long[..64], &long[..65]),
    ] {
        for (password, other) in [(password, other), (other, password)] {
            let hash = hash(hasher.as_ref(), password).await;
            let verdict = verify(hasher.as_ref(), other, Some(&hash)).await;
            assert_eq!(verdict, Verdict::Mismatch, "{password:?} {other:?}");
        }
    }
}

pub async fn a_hash_has_a_salt_of_its_own(harness: &dyn HasherHarness) {
    let hasher = harness.hasher().await;
    let one = hash(hasher.as_ref(), "correct horse").await;
    let other = hash(hasher.as_ref(), "correct horse").await;
    assert!(one != other, "two users with one password would show");
}

pub async fn a_hash_fits_its_column_and_hides_the_password(harness: &dyn HasherHarness) {
    let hash = hash(harness.hasher().await.as_ref(), "correct horse").await;
    assert!(hash.expose().chars().count() <= PasswordHash::MAX_CHARS);
    assert!(!hash.expose().contains("correct") && !hash.expose().contains('\0'));
}

pub async fn nobody_matches_nothing(harness: &dyn HasherHarness) {
    let hasher = harness.hasher().await;
    for password in ["", "correct horse", "x"] {
        assert_eq!(verify(hasher.as_ref(), password, None).await, Verdict::Mismatch);
    }
}

pub async fn an_unreadable_hash_matches_nothing(harness: &dyn HasherHarness) {
    let hasher = harness.hasher().await;
    let good = hash(hasher.as_ref(), "correct horse").await;
    let good = good.expose();
    let half: String = good.chars().take(good.len() / 2).collect();
    let mut unreadable: Vec<String> =
        vec![half, good.to_uppercase(), format!("{good}{good}"), "$".repeat(200)];
    unreadable.extend(
        [
            "",
            "correct horse",
            "$",
            "$$$$",
            "$pbkdf2-sha256$",
            "$pbkdf2-sha256$i=99999999999999999999,l=32$c2FsdA$aGFzaA",
            "$pbkdf2-sha256$i=4294967295,l=32$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA",
            "$pbkdf2-sha256$i=0,l=0$$",
            "$pbkdf2-sha256$i=-1,l=32$c2FsdA$aGFzaA",
            "$pbkdf2-sha1$i=1,l=20$c2FsdA$aGFzaA",
            "$2b$12$abcdefghijklmnopqrstuv",
            "日本$語",
        ]
        .map(str::to_owned),
    );
    for stored in unreadable {
        let stored = PasswordHash::from_stored(stored);
        let verdict = verify(hasher.as_ref(), "correct horse", Some(&stored)).await;
        assert_eq!(verdict, Verdict::Mismatch, "{}", stored.expose());
    }
}

pub async fn sixteen_are_hashed_at_once(harness: &dyn HasherHarness) {
    let hasher = harness.hasher().await;
    let pairs = (0..16).map(|number| {
        let hasher = Arc::clone(&hasher);
        async move {
            let password = format!("password of {number}");
            let hash = hash(hasher.as_ref(), &password).await;
            (password, hash)
        }
    });
    let hashed = at_once(pairs).await;
    for (password, hash) in &hashed {
        assert_eq!(verify(hasher.as_ref(), password, Some(hash)).await, Verdict::Match { outdated: false });
    }
}

pub async fn one_who_gives_up_holds_up_nobody(harness: &dyn HasherHarness) {
    let hasher = harness.hasher().await;
    let password = Password::presented("correct horse");
    for _ in 0..64 {
        let mut given_up = pin!(hasher.hash(&password));
        // Asked once, and then forgotten.
        std::future::poll_fn(|context| {
            let _ = given_up.as_mut().poll(context);
            Poll::Ready(())
        })
        .await;
    }
    soon("a hash after those that were given up", async {
        while hasher.hash(&password).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
