//! Registrations: a promise is a row, and a row is one event.

use super::{Check, Deed, Outcome, Told, Verdict, told::Person};

pub(super) fn check(person: &Person<'_>, verdict: &mut Verdict) {
    let name = person.name;
    let attempts = || person.writes.iter().filter(|write| write.deed == Deed::Register);
    let mut promised = attempts().filter_map(|write| match &write.outcome {
        Outcome::Promised(Told::Id(id)) => Some(id.as_str()),
        _ => None,
    });
    for id in promised.by_ref() {
        verdict.hold(Check::AnsweredIsStored, person.row == Some(id), || {
            format!("the registration of {name} as {id}; the row is {:?}", person.row)
        });
    }
    let all_refused =
        attempts().next().is_some() && attempts().all(|write| write.outcome == Outcome::Refused);
    verdict.hold(Check::RefusedIsNotStored, !(all_refused && person.row.is_some()), || {
        format!("the registration of {name}")
    });
    let told: Vec<_> = person.told("UserRegistered").collect();
    for event in &told {
        verdict.hold(Check::ToldIsStored, person.row == Some(event.user_id.as_str()), || {
            format!("UserRegistered {} of {name} as {}; the row is {:?}", event.id, event.user_id, person.row)
        });
    }
    if let Some(id) = person.row {
        let tell = told.iter().filter(|event| event.user_id == id).count();
        verdict.hold(Check::StoredIsTold, tell >= 1, || format!("the user {name}, {id}"));
        verdict.hold(Check::ToldIsStored, tell <= 1, || {
            format!("{tell} events of the one registration of {name}")
        });
    }
}
