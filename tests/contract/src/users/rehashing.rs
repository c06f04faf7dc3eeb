//! A hash is made anew, and nothing else about the user changes.

use super::{UsersHarness, load, must_register};
use crate::{
    outbox::drained,
    sample::{login, user, user_id},
};
use hexad_domain::{Area, PasswordHash, User};
use hexad_ports::{Expected, Revision, SaveUser, UserChange, UserKey, UserStore};

async fn rehash(store: &dyn UserStore, user: &User, expected: Expected, hash: &str) -> SaveUser {
    let change = UserChange::Rehash(PasswordHash::from_stored(hash));
    store.save(&user.id, expected, change, &[]).await.expect("an answer")
}

fn saved(answer: SaveUser) -> Revision {
    match answer {
        SaveUser::Saved(revision) => revision,
        other => panic!("not saved: {other:?}"),
    }
}

pub async fn a_rehash_changes_the_hash_alone(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let (ada, grace) = (user("ada"), user("grace"));
    let first = must_register(store.as_ref(), &ada).await;
    must_register(store.as_ref(), &grace).await;
    let told = login("ada");
    let change = UserChange::Rehash(PasswordHash::from_stored("new"));
    let answer = store.save(&ada.id, Expected::At(first), change, std::slice::from_ref(&told)).await;
    let revision = saved(answer.expect("an answer"));
    let rehashed = User { password: PasswordHash::from_stored("new"), ..ada };
    let store = harness.store().await;
    assert_eq!(load(store.as_ref(), UserKey::Username("ada")).await, Some((rehashed, revision)));
    assert_eq!(load(store.as_ref(), UserKey::Username("grace")).await.map(|(user, _)| user), Some(grace));
    assert_eq!(drained(harness.outbox().await.as_ref(), Area::Auth).await, [told]);
}

pub async fn a_rehash_moves_the_revision(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let ada = user("ada");
    let mut revisions = vec![must_register(store.as_ref(), &ada).await];
    // The same two hashes in turn: what is stored comes back to an earlier value, its revision never.
    for number in 0..10 {
        let expected = Expected::At(revisions[number].clone());
        let revision = saved(rehash(store.as_ref(), &ada, expected, ["one", "other"][number % 2]).await);
        assert!(!revisions.contains(&revision), "{revision:?} again");
        revisions.push(revision);
    }
}

pub async fn a_stale_rehash_stores_nothing(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let ada = user("ada");
    let first = must_register(store.as_ref(), &ada).await;
    saved(rehash(store.as_ref(), &ada, Expected::At(first.clone()), "second").await);
    for expected in [Expected::At(first), Expected::Absent, Expected::At(Revision::new("never-given"))] {
        let change = UserChange::Rehash(PasswordHash::from_stored("third"));
        let answer = store.save(&ada.id, expected.clone(), change, &[login("ada")]).await;
        assert_eq!(answer.expect("an answer"), SaveUser::Stale, "{expected:?}");
    }
    let (user, _) = load(store.as_ref(), UserKey::Id(&ada.id)).await.expect("ada");
    assert_eq!(user.password.expose(), "second");
    assert_eq!(drained(harness.outbox().await.as_ref(), Area::Auth).await, []);
}

pub async fn a_rehash_of_nobody_is_stale(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let revision = must_register(store.as_ref(), &user("ada")).await;
    let nobody = User { id: user_id(), ..user("nobody") };
    assert_eq!(rehash(store.as_ref(), &nobody, Expected::At(revision), "x").await, SaveUser::Stale);
    assert_eq!(load(store.as_ref(), UserKey::Id(&nobody.id)).await, None);
}

pub async fn a_revision_can_be_an_entity_tag(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let revision = must_register(store.as_ref(), &user("ada")).await;
    let text = revision.as_str();
    assert!(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'), "{text:?}");
}
