//! Registering.

use crate::world::{PASSWORD, World, at_once, filled, form, names, run};
use hexad::{
    Error,
    domain::{Area, EventKind, Field, Password, Problem},
    ports::{PasswordHasher, Verdict},
};
use hexad_memory::Fault;
use std::time::Duration;

#[test]
fn a_registered_user_is_stored_and_told_of() {
    run(async {
        let world = World::new();
        let id = world.registrar().register(&form("ada")).await.unwrap();
        let ada = world.user("ada").await.unwrap();
        assert_eq!(ada.id, id);
        let events = world.told_events(Area::User).await;
        let [event] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!((&event.kind, event.subject.as_str()), (&EventKind::registered(&ada), "ada"));
        let verdict = world.hasher.verify(&Password::presented(PASSWORD), Some(&ada.password)).await;
        assert_eq!(verdict, Ok(Verdict::Match { outdated: false }));
    });
}

#[test]
fn values_but_the_password_are_trimmed() {
    run(async {
        let world = World::new();
        let spaced = filled([
            (Field::Username, " ada\n"),
            (Field::Password, "  spaced  out  "),
            (Field::FirstName, "\tAda"),
            (Field::LastName, "Lovelace "),
            (Field::Dni, " 1 "),
            (Field::Email, " ada@example.com "),
            (Field::City, "\r\nLondon"),
        ]);
        world.registrar().register(&spaced).await.unwrap();
        let ada = world.user("ada").await.unwrap();
        assert_eq!((ada.first_name.as_str(), ada.city.as_str(), ada.dni.as_str()), ("Ada", "London", "1"));
        world.auth().login("ada", &Password::presented("  spaced  out  ")).await.unwrap();
        world.auth().login("ada", &Password::presented("spaced  out")).await.unwrap_err();
    });
}

#[test]
fn a_form_that_is_refused_leaves_nothing_and_costs_nothing() {
    run(async {
        let world = World::new();
        let mut repeated = form("ada");
        repeated.give(Field::City, "Paris");
        repeated.give(Field::Email, "no address");
        for (form, problem, fields) in [
            (filled([]), Problem::Missing, Field::ALL.len()),
            (
                filled([(Field::Username, " "), (Field::Password, "password")]),
                Problem::Missing,
                Field::ALL.len(),
            ),
            (repeated, Problem::Repeated, 2),
        ] {
            let refused = world.registrar().register(&form).await;
            let Err(Error::Fields(errors)) = refused else { panic!("{refused:?}") };
            assert_eq!((errors.problem(), errors.iter().count()), (problem, fields));
        }
        assert_eq!(world.hasher.jobs(), 0);
        assert_eq!(world.told(Area::User).await, []);
    });
}

#[test]
fn a_duplicate_is_found_by_a_look_before_it_costs_a_hash() {
    run(async {
        let world = World::new();
        let ada = world.registered("ada").await;
        let jobs = world.hasher.jobs();
        let other = filled([
            (Field::Username, "other"),
            (Field::Password, PASSWORD),
            (Field::FirstName, "x"),
            (Field::LastName, "x"),
            (Field::Dni, ada.dni.as_str()),
            (Field::Email, ada.email.as_str()),
            (Field::City, "x"),
        ]);
        let refused = world.registrar().register(&other).await;
        let Err(Error::Duplicate(fields)) = refused else { panic!("{refused:?}") };
        assert_eq!(fields, [Field::Dni, Field::Email]);
        assert_eq!(world.hasher.jobs(), jobs);
        let told = world.told(Area::User).await;
        let [EventKind::UserRegistrationFailed { username, dni, email, error, details }] = told.as_slice()
        else {
            panic!("{told:?}")
        };
        assert_eq!((username.as_str(), dni, email), ("other", &ada.dni, &ada.email));
        assert_eq!((error.as_str(), details.as_str()), ("Duplicate entry detected", "dni, email"));
        assert_eq!(world.user("other").await, None);
    });
}

#[test]
fn between_sixteen_at_once_the_constraint_decides() {
    let world = World::new();
    // Every one of them has looked, and found nothing, before the first is stored.
    world.users_faults.hold("save");
    let answers = std::thread::scope(|scope| {
        let threads =
            scope.spawn(|| at_once(16, |_| pollster::block_on(world.registrar().register(&form("ada")))));
        pollster::block_on(world.users_faults.until_waiting(16));
        world.users_faults.release();
        threads.join().unwrap()
    });
    let (registered, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(registered.len(), 1);
    for refused in refused {
        let Err(Error::Duplicate(fields)) = refused else { panic!("{refused:?}") };
        assert!(fields.contains(&Field::Username));
    }
    pollster::block_on(async {
        let told = world.told(Area::User).await;
        let count = |name| names(&told).into_iter().filter(|told| *told == name).count();
        assert_eq!((count("UserRegistered"), count("UserRegistrationFailed")), (1, 15));
        assert_eq!(world.user("ada").await.map(|ada| ada.id), registered.into_iter().next().unwrap().ok());
    });
}

#[test]
fn an_outcome_that_is_lost_is_found_out_by_a_repeat() {
    run(async {
        let world = World::new();
        world.users_faults.next("save", 1, Fault::AfterEffect);
        let lost = world.registrar().register(&form("ada")).await;
        assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
        let again = world.registrar().register(&form("ada")).await;
        assert!(matches!(again, Err(Error::Duplicate(_))), "{again:?}");
        // It was stored, and its event with it.
        assert_eq!(names(&world.told(Area::User).await), ["UserRegistered", "UserRegistrationFailed"]);
        world.auth().login("ada", &Password::presented(PASSWORD)).await.unwrap();
    });
}

#[test]
fn a_store_that_is_away_or_a_full_queue_leaves_nothing() {
    run(async {
        let world = World::new();
        for method in ["taken", "save"] {
            world.users_faults.next(method, 1, Fault::BeforeEffect);
            let away = world.registrar().register(&form("ada")).await;
            assert!(matches!(away, Err(Error::Unavailable(_))), "{method}: {away:?}");
        }
        let retry_after = Duration::from_secs(3);
        world.hasher.be_busy(Some(retry_after));
        let busy = world.registrar().register(&form("ada")).await;
        assert!(matches!(busy, Err(Error::Busy { retry_after: told }) if told == retry_after), "{busy:?}");
        world.hasher.be_busy(None);
        assert_eq!((world.user("ada").await, world.told(Area::User).await), (None, vec![]));
        world.registrar().register(&form("ada")).await.unwrap();
    });
}

#[test]
fn a_refusal_that_cannot_be_told_is_no_refusal() {
    run(async {
        let world = World::new();
        world.registered("ada").await;
        world.log_faults.next("append", 1, Fault::BeforeEffect);
        let away = world.registrar().register(&form("ada")).await;
        assert!(matches!(away, Err(Error::Unavailable(_))), "{away:?}");
    });
}
