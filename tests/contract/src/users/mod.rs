//! What every [`UserStore`] promises.

mod adopted;
mod duplicates;
mod registering;
mod rehashing;
mod simultaneous;

pub use adopted::*;
pub use duplicates::*;
pub use registering::*;
pub use rehashing::*;
pub use simultaneous::*;

use async_trait::async_trait;
use hexad_domain::{Field, User};
use hexad_ports::{Expected, Outbox, Revision, SaveUser, UserChange, UserKey, UserStore};
use std::sync::Arc;

use crate::sample::registered;

/// An empty store of users.
#[async_trait]
pub trait UsersHarness: Send + Sync {
    /// The store. Each call MAY open another connection to the same users, as another process would.
    async fn store(&self) -> Arc<dyn UserStore>;

    /// The relay's view of the events that the store keeps.
    async fn outbox(&self) -> Arc<dyn Outbox>;
}

/// A store of users that may hold rows of an older program.
#[async_trait]
pub trait AdoptedUsersHarness: UsersHarness {
    /// Puts the row there as an older program left it, past every rule of ours.
    async fn leave(&self, user: &User);
}

/// The tests of a user store: `hexad_contract::users!(make)`, where `make` is an async function that gives a
/// [`UsersHarness`].
#[macro_export]
macro_rules! users {
    ($make:expr) => {
        $crate::suite!(
            users,
            users,
            $make,
            [
                a_registered_user_is_found_by_every_key,
                an_unknown_key_finds_nobody,
                keys_are_compared_exactly,
                no_key_is_a_pattern,
                texts_of_every_kind_come_back,
                texts_fill_their_columns,
                a_registration_is_stored_with_its_event,
                registrations_of_one_subject_are_told_in_their_order,
                a_duplicate_names_its_fields_and_stores_nothing,
                a_duplicate_of_several_users_names_a_field_of_either,
                what_is_taken_is_named_in_order,
                an_id_that_is_there_is_stale,
                a_rehash_changes_the_hash_alone,
                a_rehash_moves_the_revision,
                a_stale_rehash_stores_nothing,
                a_rehash_of_nobody_is_stale,
                a_revision_can_be_an_entity_tag,
                of_sixteen_registrations_of_a_username_one_wins,
                of_sixteen_registrations_of_a_dni_one_wins,
                of_sixteen_registrations_of_an_email_one_wins,
                sixteen_users_register_at_once,
                of_sixteen_rehashes_of_a_revision_one_wins,
            ]
        );
    };
}

/// The tests of a user store over rows that an older program left: `hexad_contract::adopted_users!(make)`, where
/// `make` gives an [`AdoptedUsersHarness`].
#[macro_export]
macro_rules! adopted_users {
    ($make:expr) => {
        $crate::suite!(
            adopted_users,
            users,
            $make,
            [an_adopted_row_is_read_as_it_is, an_adopted_row_can_be_rehashed, an_adopted_row_counts_as_taken,]
        );
    };
}

/// The tests of a user store whose ids may be any text: `hexad_contract::adopted_ids!(make)`, where `make` gives an
/// [`AdoptedUsersHarness`].
#[macro_export]
macro_rules! adopted_ids {
    ($make:expr) => {
        $crate::suite!(adopted_ids, users, $make, [an_adopted_id_of_any_form_is_its_users]);
    };
}

/// Stores the user with the event that tells of it.
async fn register(store: &dyn UserStore, user: &User) -> SaveUser {
    store
        .save(&user.id, Expected::Absent, UserChange::Register(user.clone()), &[registered(user)])
        .await
        .expect("an answer")
}

async fn must_register(store: &dyn UserStore, user: &User) -> Revision {
    match register(store, user).await {
        SaveUser::Saved(revision) => revision,
        other => panic!("{user:?} was not registered: {other:?}"),
    }
}

async fn load(store: &dyn UserStore, key: UserKey<'_>) -> Option<(User, Revision)> {
    store.load(key).await.expect("an answer")
}

async fn found(store: &dyn UserStore, key: UserKey<'_>) -> Option<User> {
    load(store, key).await.map(|(user, _)| user)
}

/// At least one field, and none that does not conflict: a store names as many as it can tell.
fn names_some_of(answer: &SaveUser, conflicting: &[Field]) {
    let SaveUser::Duplicate(fields) = answer else {
        panic!("{answer:?} instead of a duplicate of {conflicting:?}")
    };
    assert!(!fields.is_empty(), "a duplicate names at least one field");
    assert!(
        fields.iter().all(|field| conflicting.contains(field)),
        "{fields:?}, where {conflicting:?} conflict"
    );
    assert!(fields.is_sorted(), "{fields:?} are not in their order");
}
