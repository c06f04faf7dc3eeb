//! The store's own uniqueness decides between simultaneous changes.

use super::{UsersHarness, found, load, must_register, names_some_of, register};
use crate::{
    outbox::drained,
    run::at_once,
    sample::{registered, user},
};
use hexad_domain::{Area, Event, Field, PasswordHash, User};
use hexad_ports::{Expected, SaveUser, UserChange, UserKey, UserStore};
use std::sync::Arc;

async fn at_once_with_stores(harness: &dyn UsersHarness, users: Vec<User>) -> Vec<(User, SaveUser)> {
    let mut registrations = Vec::new();
    for user in users {
        let store: Arc<dyn UserStore> = harness.store().await;
        registrations.push(async move {
            let answer = register(store.as_ref(), &user).await;
            (user, answer)
        });
    }
    at_once(registrations).await
}

async fn exactly_one_wins(harness: &dyn UsersHarness, users: Vec<User>, conflicting: Field) {
    let answers = at_once_with_stores(harness, users).await;
    let (winners, losers): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(_, answer)| matches!(answer, SaveUser::Saved(_)));
    let [(winner, _)] = winners.as_slice() else { panic!("{} were registered", winners.len()) };
    for (loser, answer) in &losers {
        names_some_of(answer, &[conflicting]);
        assert_eq!(found(harness.store().await.as_ref(), UserKey::Id(&loser.id)).await, None);
    }
    assert_eq!(found(harness.store().await.as_ref(), UserKey::Id(&winner.id)).await.as_ref(), Some(winner));
    let told = drained(harness.outbox().await.as_ref(), Area::User).await;
    let told: Vec<_> = told.into_iter().map(|event| event.kind).collect();
    assert_eq!(told, [registered(winner).kind], "one event, the winner's");
}

pub async fn of_sixteen_registrations_of_a_username_one_wins(harness: &dyn UsersHarness) {
    exactly_one_wins(harness, (0..16).map(|_| user("ada")).collect(), Field::Username).await;
}

pub async fn of_sixteen_registrations_of_a_dni_one_wins(harness: &dyn UsersHarness) {
    let ada = user("ada");
    let users = (0..16).map(|n| User { dni: ada.dni.clone(), ..user(&format!("user-{n}")) });
    exactly_one_wins(harness, users.collect(), Field::Dni).await;
}

pub async fn of_sixteen_registrations_of_an_email_one_wins(harness: &dyn UsersHarness) {
    let ada = user("ada");
    let users = (0..16).map(|n| User { email: ada.email.clone(), ..user(&format!("user-{n}")) });
    exactly_one_wins(harness, users.collect(), Field::Email).await;
}

pub async fn sixteen_users_register_at_once(harness: &dyn UsersHarness) {
    let users = (0..16).map(|n| user(&format!("user-{n}"))).collect();
    let answers = at_once_with_stores(harness, users).await;
    for (user, answer) in &answers {
        let SaveUser::Saved(revision) = answer else { panic!("{answer:?}") };
        let loaded = load(harness.store().await.as_ref(), UserKey::Id(&user.id)).await;
        assert_eq!(loaded.as_ref(), Some(&(user.clone(), revision.clone())));
    }
    let mut told: Vec<Event> = drained(harness.outbox().await.as_ref(), Area::User).await;
    told.sort_by(|one, other| one.subject.cmp(&other.subject));
    let mut registered: Vec<String> = answers.iter().map(|(user, _)| user.username.to_string()).collect();
    registered.sort();
    assert_eq!(told.into_iter().map(|event| event.subject).collect::<Vec<_>>(), registered);
}

pub async fn of_sixteen_rehashes_of_a_revision_one_wins(harness: &dyn UsersHarness) {
    let ada = user("ada");
    let revision = must_register(harness.store().await.as_ref(), &ada).await;
    let mut rehashes = Vec::new();
    for number in 0..16 {
        let store = harness.store().await;
        let (id, expected) = (ada.id.clone(), Expected::At(revision.clone()));
        rehashes.push(async move {
            let hash = PasswordHash::from_stored(format!("hash-{number}"));
            let answer =
                store.save(&id, expected, UserChange::Rehash(hash.clone()), &[]).await.expect("an answer");
            (hash, answer)
        });
    }
    let answers = at_once(rehashes).await;
    let (winners, losers): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(_, answer)| matches!(answer, SaveUser::Saved(_)));
    assert_eq!(winners.len(), 1, "{winners:?}");
    assert!(losers.iter().all(|(_, answer)| *answer == SaveUser::Stale), "{losers:?}");
    let stored = found(harness.store().await.as_ref(), UserKey::Id(&ada.id)).await.expect("ada");
    assert_eq!(stored.password, winners[0].0);
}
