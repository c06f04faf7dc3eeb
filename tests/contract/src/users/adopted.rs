//! Rows that an older program left are read whatever they hold.

use super::{AdoptedUsersHarness, found, load, names_some_of, register};
use crate::sample::{ODD_TEXTS, user};
use hexad_domain::{City, Dni, Email, Field, FirstName, LastName, PasswordHash, User, UserId, Username};
use hexad_ports::{Expected, SaveUser, UserChange, UserKey};

/// Rows that no registration of today would make.
fn rows() -> Vec<User> {
    let empty = User {
        username: Username::from_stored(""),
        password: PasswordHash::from_stored(""),
        first_name: FirstName::from_stored(""),
        last_name: LastName::from_stored(""),
        dni: Dni::from_stored(""),
        email: Email::from_stored(""),
        city: City::from_stored(""),
        ..user("")
    };
    let spaced = User { username: Username::from_stored(" Ada  Lovelace "), ..user("") };
    let addressless = User { email: Email::from_stored("ada at example"), ..user("addressless") };
    let swapped = User { email: Email::from_stored("swapped"), ..user("swapped@example.com") };
    let odd = ODD_TEXTS.into_iter().enumerate().map(|(number, text)| User {
        email: Email::from_stored(text),
        first_name: FirstName::from_stored(text),
        city: City::from_stored(text),
        password: PasswordHash::from_stored(format!("{text}{number}")),
        ..user(text)
    });
    [empty, spaced, addressless, swapped].into_iter().chain(odd).collect()
}

pub async fn an_adopted_row_is_read_as_it_is(harness: &dyn AdoptedUsersHarness) {
    let rows = rows();
    for row in &rows {
        harness.leave(row).await;
    }
    let store = harness.store().await;
    for row in &rows {
        for key in [
            UserKey::Id(&row.id),
            UserKey::Username(row.username.as_str()),
            UserKey::Email(row.email.as_str()),
        ] {
            assert_eq!(found(store.as_ref(), key).await.as_ref(), Some(row), "{key:?}");
        }
    }
    let unknown = UserId::from_stored("");
    assert_eq!(found(store.as_ref(), UserKey::Id(&unknown)).await, None);
}

pub async fn an_adopted_row_can_be_rehashed(harness: &dyn AdoptedUsersHarness) {
    let store = harness.store().await;
    for row in rows() {
        harness.leave(&row).await;
        let (_, revision) = load(store.as_ref(), UserKey::Id(&row.id)).await.expect("the row");
        let hash = PasswordHash::from_stored("made anew");
        let change = UserChange::Rehash(hash.clone());
        let answer = store.save(&row.id, Expected::At(revision), change, &[]).await.expect("an answer");
        let SaveUser::Saved(revision) = answer else { panic!("{answer:?}") };
        let rehashed = User { password: hash, ..row };
        let loaded = load(store.as_ref(), UserKey::Id(&rehashed.id)).await;
        assert_eq!(loaded, Some((rehashed, revision)));
    }
}

pub async fn an_adopted_row_counts_as_taken(harness: &dyn AdoptedUsersHarness) {
    let store = harness.store().await;
    let row = User { username: Username::from_stored("Ada Lovelace"), ..user("") };
    harness.leave(&row).await;
    let taken = store.taken("Ada Lovelace", row.dni.as_str(), "x").await.expect("an answer");
    assert_eq!(taken, [Field::Username, Field::Dni]);
    let other = User { email: row.email.clone(), ..user("other") };
    names_some_of(&register(store.as_ref(), &other).await, &[Field::Email]);
}

pub async fn an_adopted_id_of_any_form_is_its_users(harness: &dyn AdoptedUsersHarness) {
    let store = harness.store().await;
    let uuid = "5f0c1f6e-3d0b-4d7b-9a57-0d2f9c1b7a01";
    // Each is another user's, whatever a UUID or a number would make of them.
    let forms =
        [uuid, &uuid.to_uppercase(), &uuid.replace('-', ""), &format!("{{{uuid}}}"), "1", "01", "1.0", ""];
    let mut rows = Vec::new();
    for (number, id) in forms.into_iter().chain(ODD_TEXTS).enumerate() {
        let row = User { id: UserId::from_stored(id), ..user(&format!("user-{number}")) };
        harness.leave(&row).await;
        rows.push(row);
    }
    for row in rows {
        assert_eq!(found(store.as_ref(), UserKey::Id(&row.id)).await.as_ref(), Some(&row));
        let (_, revision) =
            load(store.as_ref(), UserKey::Username(row.username.as_str())).await.expect("the row");
        let change = UserChange::Rehash(PasswordHash::from_stored("made anew"));
        let answer = store.save(&row.id, Expected::At(revision), change, &[]).await.expect("an answer");
        assert!(matches!(answer, SaveUser::Saved(_)), "{answer:?}");
    }
}
