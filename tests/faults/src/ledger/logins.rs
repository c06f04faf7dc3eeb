//! Logins: each is an event, and moves the session.

use super::{Check, Deed, History, Outcome, Told, Verdict, told::Person};

pub(super) fn check(person: &Person<'_>, history: &History, verdict: &mut Verdict) {
    let name = person.name;
    let told: Vec<_> = person.told("UserLoggedIn").collect();
    for write in &person.writes {
        if let Outcome::Promised(Told::IssuedAt(millis)) = write.outcome {
            let tells = told.iter().any(|event| event.at.div_euclid(1000) == millis);
            verdict.hold(Check::StoredIsTold, tells, || format!("the login of {name} at {millis} ms"));
        }
    }
    let (promised, perhaps) = person.done(|deed| deed == Deed::LogIn);
    verdict.hold(Check::ToldIsStored, told.len() <= promised + perhaps, || {
        format!("{} logins of {name} were told, and at most {} made", told.len(), promised + perhaps)
    });
    if let Some(stored) = &history.stored.events {
        for event in told.iter().filter(|event| !stored.contains(&event.id)) {
            verdict.find(Check::ToldIsStored, format!("UserLoggedIn {} of {name}", event.id));
        }
    }

    // Who ends the session has no connection to show for it afterwards; what cannot be told apart is not judged.
    let (ended, perhaps_ended) = person.done(|deed| deed == Deed::End);
    let Some(latest) = told.iter().map(|event| event.at.div_euclid(1000)).max() else { return };
    if ended + perhaps_ended == 0 {
        let moved = person.session.is_some_and(|session| session.connected_at >= latest);
        verdict.hold(Check::LoginHasItsEffect, moved, || {
            format!("the login of {name} at {latest} ms; the session is {:?}", person.session)
        });
    }
}
