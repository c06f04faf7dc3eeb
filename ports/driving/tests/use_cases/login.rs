//! Logging in.

use crate::world::{PASSWORD, World, names, run};
use hexad::{
    Error,
    domain::{Area, City, Dni, Email, EventKind, FirstName, LastName, Password, User, UserId, Username},
    ports::{PasswordHasher, Tokens},
};
use hexad_memory::Fault;
use std::time::Duration;

fn given(password: &str) -> Password {
    Password::presented(password)
}

/// A row as an older program left it.
async fn adopted(world: &World, username: &str, email: &str, password: &str) -> User {
    let user = User {
        id: UserId::from_stored(format!("id of {username}")),
        username: Username::from_stored(username),
        password: world.hasher.hash(&given(password)).await.unwrap(),
        first_name: FirstName::from_stored(""),
        last_name: LastName::from_stored(""),
        dni: Dni::from_stored(username),
        email: Email::from_stored(email),
        city: City::from_stored(""),
    };
    world.memory.adopt_user(user.clone()).unwrap();
    user
}

#[test]
fn a_login_grants_a_token_and_tells_of_it() {
    run(async {
        let world = World::new();
        let ada = world.registered("ada").await;
        let grant = world.auth().login("ada", &given(PASSWORD)).await.unwrap();
        assert_eq!(grant.expires_in, Duration::from_secs(3_600));
        let claims = world.tokens.read(&grant.token).unwrap();
        assert_eq!((&claims.user_id, claims.username.as_str()), (&ada.id, "ada"));
        assert_eq!(claims.expires_at, world.stamp.now().unix_seconds() + 3_600);
        let events = world.told_events(Area::Auth).await;
        let [event] = events.as_slice() else { panic!("{events:?}") };
        let kind = EventKind::UserLoggedIn { user_id: ada.id, username: ada.username, email: ada.email };
        assert_eq!((&event.kind, event.subject.as_str()), (&kind, "ada"));
        // A revocation weighs both by their moment: they are of the same one.
        assert_eq!(claims.issue_time().unix_millis(), event.at.unix_millis());
    });
}

#[test]
fn an_email_does_where_no_username_equals_it() {
    run(async {
        let world = World::new();
        let ada = world.registered("ada").await;
        let grant = world.auth().login("ada@example.com", &given(PASSWORD)).await.unwrap();
        assert_eq!(world.tokens.read(&grant.token).unwrap().user_id, ada.id);
        // Somebody's username is ada's address: it is theirs, and ada's password no longer opens it.
        let other = adopted(&world, "ada@example.com", "other@example.com", "the other's").await;
        let grant = world.auth().login("ada@example.com", &given("the other's")).await.unwrap();
        assert_eq!(world.tokens.read(&grant.token).unwrap().user_id, other.id);
        let refused = world.auth().login("ada@example.com", &given(PASSWORD)).await;
        assert!(matches!(refused, Err(Error::InvalidCredentials)), "{refused:?}");
    });
}

#[test]
fn names_and_passwords_are_compared_exactly() {
    run(async {
        let world = World::new();
        world.registered("ada").await;
        for (name, password) in [
            ("Ada", PASSWORD),
            ("ada ", PASSWORD),
            ("ADA@EXAMPLE.COM", PASSWORD),
            ("", PASSWORD),
            ("ada\0", PASSWORD),
            ("%", PASSWORD),
            ("ada", ""),
            ("ada", "Correct horse battery staple"),
            ("ada", "correct horse battery staple "),
        ] {
            let refused = world.auth().login(name, &given(password)).await;
            assert!(matches!(refused, Err(Error::InvalidCredentials)), "{name:?} {password:?}: {refused:?}");
        }
    });
}

#[test]
fn an_adopted_user_logs_in_whatever_the_row_holds() {
    run(async {
        let world = World::new();
        for name in ["", " Ada  Lovelace ", "O'Brien", "日本", "100%"] {
            let user = adopted(&world, name, &format!("{name} at example"), "x").await;
            let grant = world.auth().login(name, &given("x")).await.unwrap();
            assert_eq!(world.tokens.read(&grant.token).unwrap().identity().user_id, user.id);
        }
    });
}

#[test]
fn a_refusal_is_told_without_saying_why() {
    run(async {
        let world = World::new();
        world.registered("ada").await;
        for (name, told_of, subject) in [
            ("ada", "ada".to_owned(), "ada".to_owned()),
            ("ada@example.com", "ada@example.com".to_owned(), "ada".to_owned()),
            ("nobody", "nobody".to_owned(), "nobody".to_owned()),
            (&"ñ".repeat(5_000), "ñ".repeat(120), "ñ".repeat(120)),
            ("no\0body", "no\u{fffd}body".to_owned(), "no\u{fffd}body".to_owned()),
        ] {
            let refused = world.auth().login(name, &given("wrong")).await;
            assert!(matches!(refused, Err(Error::InvalidCredentials)), "{refused:?}");
            let events = world.told_events(Area::Auth).await;
            let [event] = events.as_slice() else { panic!("{events:?}") };
            let kind =
                EventKind::UserLoginFailed { username: told_of, reason: "Invalid credentials".to_owned() };
            assert_eq!((&event.kind, &event.subject), (&kind, &subject));
        }
    });
}

#[test]
fn an_unknown_user_costs_the_same_work_as_a_wrong_password() {
    run(async {
        let world = World::new();
        world.registered("ada").await;
        let mut costs = Vec::new();
        for name in ["ada", "nobody", "no\0body", ""] {
            let before = world.hasher.jobs();
            world.auth().login(name, &given("wrong")).await.unwrap_err();
            costs.push(world.hasher.jobs() - before);
        }
        assert_eq!(costs, [1, 1, 1, 1]);
    });
}

#[test]
fn an_outdated_hash_is_made_anew_once() {
    run(async {
        let world = World::new();
        let before = world.registered("ada").await;
        world.hasher.age();
        world.logged_in("ada").await;
        let after = world.user("ada").await.unwrap();
        assert!(after.password != before.password);
        assert_eq!(after, User { password: after.password.clone(), ..before }, "nothing else changes");
        world.logged_in("ada").await;
        assert_eq!(world.user("ada").await, Some(after), "it is up to date");
    });
}

#[test]
fn nothing_is_made_anew_for_a_wrong_password_or_where_it_is_forbidden() {
    run(async {
        let world = World::new();
        let before = world.registered("ada").await;
        world.hasher.age();
        world.auth().login("ada", &given("wrong")).await.unwrap_err();
        let mut beside_an_older_program = world.auth();
        beside_an_older_program.rehash = false;
        beside_an_older_program.login("ada", &given(PASSWORD)).await.unwrap();
        assert_eq!(world.user("ada").await, Some(before));
    });
}

#[test]
fn a_login_is_good_without_the_new_hash() {
    run(async {
        for fault in [Fault::BeforeEffect, Fault::AfterEffect] {
            let world = World::new();
            world.registered("ada").await;
            world.hasher.age();
            world.users_faults.next("save", 1, fault);
            world.auth().login("ada", &given(PASSWORD)).await.unwrap();
            assert_eq!(names(&world.told(Area::Auth).await), ["UserLoggedIn"]);
            world.auth().login("ada", &given(PASSWORD)).await.unwrap();
        }
    });
}

/// A store that is away is waited for once: what must be told comes before what may wait for the next login.
#[test]
fn no_hash_is_made_anew_where_the_login_cannot_be_told() {
    run(async {
        let world = World::new();
        let before = world.registered("ada").await;
        world.hasher.age();
        world.log_faults.next("append", 1, Fault::BeforeEffect);
        let refused = world.auth().login("ada", &given(PASSWORD)).await.unwrap_err();
        assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
        assert_eq!(world.user("ada").await, Some(before));
    });
}

#[test]
fn the_event_is_stored_before_the_answer() {
    run(async {
        let world = World::new();
        world.registered("ada").await;
        world.log_faults.every("append", Fault::BeforeEffect);
        for password in [PASSWORD, "wrong"] {
            let answer = world.auth().login("ada", &given(password)).await;
            assert!(
                matches!(answer, Err(Error::Unavailable(_))),
                "no token, and no word on the password: {answer:?}"
            );
        }
        assert_eq!(world.told(Area::Auth).await, []);
        world.log_faults.recover();
        world.auth().login("ada", &given(PASSWORD)).await.unwrap();
        assert_eq!(names(&world.told(Area::Auth).await), ["UserLoggedIn"]);
    });
}

#[test]
fn a_store_that_is_away_and_a_full_queue_are_told_apart() {
    run(async {
        let world = World::new();
        world.registered("ada").await;
        world.users_faults.next("load", 1, Fault::BeforeEffect);
        let away = world.auth().login("ada", &given(PASSWORD)).await;
        assert!(matches!(away, Err(Error::Unavailable(_))), "{away:?}");
        let retry_after = Duration::from_secs(9);
        world.hasher.be_busy(Some(retry_after));
        let busy = world.auth().login("ada", &given(PASSWORD)).await;
        assert!(matches!(busy, Err(Error::Busy { retry_after: told }) if told == retry_after), "{busy:?}");
        assert_eq!(world.told(Area::Auth).await, [], "neither is a refusal");
    });
}
