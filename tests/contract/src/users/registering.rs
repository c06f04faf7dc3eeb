//! A user who registers is found again, exactly as they are.

use super::{UsersHarness, found, load, must_register};
use crate::{
    outbox::{drain, drained},
    sample::{ODD_TEXTS, registered, user, user_id},
};
use hexad_domain::{Area, City, Dni, Email, EventKind, FirstName, LastName, PasswordHash, User, Username};
use hexad_ports::{Expected, SaveUser, UserChange, UserKey};

pub async fn a_registered_user_is_found_by_every_key(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let ada = user("ada");
    must_register(store.as_ref(), &user("grace")).await;
    let revision = must_register(store.as_ref(), &ada).await;
    must_register(store.as_ref(), &user("barbara")).await;
    for store in [store, harness.store().await] {
        for key in [UserKey::Id(&ada.id), UserKey::Username("ada"), UserKey::Email(ada.email.as_str())] {
            assert_eq!(load(store.as_ref(), key).await, Some((ada.clone(), revision.clone())), "{key:?}");
        }
    }
}

pub async fn an_unknown_key_finds_nobody(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let ada = user("ada");
    assert_eq!(found(store.as_ref(), UserKey::Username("ada")).await, None);
    must_register(store.as_ref(), &ada).await;
    let stranger = user_id();
    let odd = hexad_domain::UserId::from_stored("no'\"such %id\\ 日本");
    for key in [
        UserKey::Id(&stranger),
        UserKey::Id(&odd),
        UserKey::Username(""),
        UserKey::Username(ada.email.as_str()),
        UserKey::Username(ada.id.as_str()),
        UserKey::Email(""),
        UserKey::Email("ada"),
        UserKey::Email("nobody@example.com"),
    ] {
        assert_eq!(found(store.as_ref(), key).await, None, "{key:?}");
    }
    let long = "x".repeat(100_000);
    assert_eq!(found(store.as_ref(), UserKey::Username(&long)).await, None);
    assert_eq!(found(store.as_ref(), UserKey::Email(&long)).await, None);
}

pub async fn keys_are_compared_exactly(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    // Each is another user: no case, no white space and no form of Unicode is folded.
    let names = ["ada", "Ada", "ADA", "ada ", " ada", "é", "e\u{301}", "ß", "ss", "İ", "i", "ａｄａ"];
    let mut users = Vec::new();
    for name in names {
        let mut user = user(name);
        user.email = Email::from_stored(format!("{name}@example.com"));
        user.dni = Dni::from_stored(name);
        must_register(store.as_ref(), &user).await;
        users.push(user);
    }
    for (name, user) in names.iter().zip(&users) {
        let email = format!("{name}@example.com");
        assert_eq!(found(store.as_ref(), UserKey::Username(name)).await.as_ref(), Some(user));
        assert_eq!(found(store.as_ref(), UserKey::Email(&email)).await.as_ref(), Some(user));
    }
    assert_eq!(found(store.as_ref(), UserKey::Username("aDA")).await, None);
    assert_eq!(found(store.as_ref(), UserKey::Email("ada@EXAMPLE.com")).await, None);
}

pub async fn no_key_is_a_pattern(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    must_register(store.as_ref(), &user("ada")).await;
    for pattern in ["%", "a%", "_da", "ada%", "*", "a*", "ada\\", "' OR ''='", ".*", "[a]da"] {
        assert_eq!(found(store.as_ref(), UserKey::Username(pattern)).await, None, "{pattern}");
        assert_eq!(found(store.as_ref(), UserKey::Email(pattern)).await, None, "{pattern}");
        let taken = store.taken(pattern, pattern, pattern).await.expect("an answer");
        assert_eq!(taken, [], "{pattern}");
    }
}

pub async fn texts_of_every_kind_come_back(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let mut users = Vec::new();
    for text in ODD_TEXTS {
        let user = User {
            first_name: FirstName::from_stored(text),
            last_name: LastName::from_stored(text),
            dni: Dni::from_stored(text.chars().take(20).collect::<String>()),
            email: Email::from_stored(format!("{text}@example.com")),
            city: City::from_stored(text),
            password: PasswordHash::from_stored(text),
            ..user(text)
        };
        must_register(store.as_ref(), &user).await;
        users.push(user);
    }
    for user in &users {
        assert_eq!(found(store.as_ref(), UserKey::Id(&user.id)).await.as_ref(), Some(user));
        assert_eq!(
            found(store.as_ref(), UserKey::Username(user.username.as_str())).await.as_ref(),
            Some(user)
        );
        assert_eq!(found(store.as_ref(), UserKey::Email(user.email.as_str())).await.as_ref(), Some(user));
    }
    let told = drained(harness.outbox().await.as_ref(), Area::User).await;
    let told: Vec<_> = told.into_iter().map(|event| event.kind).collect();
    assert_eq!(told, users.iter().map(EventKind::registered).collect::<Vec<_>>());
}

pub async fn texts_fill_their_columns(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    // The widths are counted in characters, here of four bytes each.
    for letter in ["x", "🦀"] {
        let user = User {
            username: Username::from_stored(letter.repeat(80)),
            password: PasswordHash::from_stored("h".repeat(200)),
            first_name: FirstName::from_stored(letter.repeat(100)),
            last_name: LastName::from_stored(letter.repeat(100)),
            dni: Dni::from_stored(letter.repeat(20)),
            email: Email::from_stored(letter.repeat(120)),
            city: City::from_stored(letter.repeat(100)),
            ..user("")
        };
        must_register(store.as_ref(), &user).await;
        assert_eq!(found(store.as_ref(), UserKey::Email(user.email.as_str())).await, Some(user));
    }
}

pub async fn a_registration_is_stored_with_its_event(harness: &dyn UsersHarness) {
    let ada = user("ada");
    let events = [registered(&ada), crate::sample::login("ada"), registered(&ada)];
    let change = UserChange::Register(ada.clone());
    let saved =
        harness.store().await.save(&ada.id, Expected::Absent, change, &events).await.expect("an answer");
    assert!(matches!(saved, SaveUser::Saved(_)), "{saved:?}");
    let outbox = harness.outbox().await;
    assert_eq!(drained(outbox.as_ref(), Area::User).await, [events[0].clone(), events[2].clone()]);
    assert_eq!(drained(outbox.as_ref(), Area::Auth).await, [events[1].clone()]);
}

pub async fn registrations_of_one_subject_are_told_in_their_order(harness: &dyn UsersHarness) {
    let mut events = Vec::new();
    for number in 0..20 {
        let user = user(&format!("user-{number}"));
        let mut event = registered(&user);
        "everybody".clone_into(&mut event.subject);
        let change = UserChange::Register(user.clone());
        let store = harness.store().await;
        let saved = store
            .save(&user.id, Expected::Absent, change, std::slice::from_ref(&event))
            .await
            .expect("an answer");
        assert!(matches!(saved, SaveUser::Saved(_)), "{saved:?}");
        events.push(event);
    }
    let told = drain(harness.outbox().await.as_ref(), Area::User).await;
    assert!(told.is_sorted_by(|one, next| one.sequence < next.sequence), "{told:?}");
    assert_eq!(told.into_iter().map(|outgoing| outgoing.event).collect::<Vec<_>>(), events);
}
