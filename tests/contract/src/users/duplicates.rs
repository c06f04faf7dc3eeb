//! Nobody registers what another user has.

use super::{UsersHarness, found, must_register, names_some_of, register};
use crate::{outbox::drained, sample::user};
use hexad_domain::{Area, Field, User};
use hexad_ports::{SaveUser, UserKey};

pub async fn a_duplicate_names_its_fields_and_stores_nothing(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let outbox = harness.outbox().await;
    let ada = user("ada");
    must_register(store.as_ref(), &ada).await;
    assert_eq!(drained(outbox.as_ref(), Area::User).await.len(), 1);
    let all = [Field::Username, Field::Dni, Field::Email];
    for shared in
        (1_usize..8).map(|bits| all.into_iter().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1))
    {
        let shared: Vec<Field> = shared.map(|(_, field)| field).collect();
        let mut other = user("other");
        take_over(&mut other, &ada, &shared);
        names_some_of(&register(store.as_ref(), &other).await, &shared);
        assert_eq!(found(store.as_ref(), UserKey::Id(&other.id)).await, None);
        assert_eq!(found(store.as_ref(), UserKey::Username("other")).await, None);
    }
    assert_eq!(found(store.as_ref(), UserKey::Username("ada")).await, Some(ada));
    assert_eq!(drained(outbox.as_ref(), Area::User).await, []);
}

pub async fn a_duplicate_of_several_users_names_a_field_of_either(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let (ada, grace) = (user("ada"), user("grace"));
    must_register(store.as_ref(), &ada).await;
    must_register(store.as_ref(), &grace).await;
    let mut other = user("ada");
    take_over(&mut other, &grace, &[Field::Dni, Field::Email]);
    names_some_of(&register(store.as_ref(), &other).await, &[Field::Username, Field::Dni, Field::Email]);
}

pub async fn what_is_taken_is_named_in_order(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let (ada, grace) = (user("ada"), user("grace"));
    must_register(store.as_ref(), &ada).await;
    must_register(store.as_ref(), &grace).await;
    let taken = async |username, dni, email| store.taken(username, dni, email).await.expect("an answer");
    let (dni, email, shouted) = (ada.dni.as_str(), ada.email.as_str(), ada.email.as_str().to_uppercase());
    assert_eq!(taken("nobody", "0", "nobody@example.com").await, []);
    assert_eq!(taken("Ada", "", &shouted).await, [], "compared with case");
    assert_eq!(taken(email, "ada", dni).await, [], "each by its own field");
    assert_eq!(taken("ada", "0", "x").await, [Field::Username]);
    assert_eq!(taken("nobody", dni, "x").await, [Field::Dni]);
    assert_eq!(taken("nobody", "0", email).await, [Field::Email]);
    assert_eq!(taken("ada", dni, email).await, [Field::Username, Field::Dni, Field::Email]);
    assert_eq!(taken("grace", dni, "x").await, [Field::Username, Field::Dni], "of two users");
}

pub async fn an_id_that_is_there_is_stale(harness: &dyn UsersHarness) {
    let store = harness.store().await;
    let ada = user("ada");
    must_register(store.as_ref(), &ada).await;
    let other = User { id: ada.id.clone(), ..user("other") };
    assert_eq!(register(store.as_ref(), &other).await, SaveUser::Stale);
    assert_eq!(found(store.as_ref(), UserKey::Id(&ada.id)).await, Some(ada));
    assert_eq!(found(store.as_ref(), UserKey::Username("other")).await, None);
    assert_eq!(drained(harness.outbox().await.as_ref(), Area::User).await.len(), 1);
}

fn take_over(user: &mut User, from: &User, fields: &[Field]) {
    for field in fields {
        match field {
            Field::Username => user.username = from.username.clone(),
            Field::Dni => user.dni = from.dni.clone(),
            Field::Email => user.email = from.email.clone(),
            other => panic!("{other} is not unique"),
        }
    }
}
