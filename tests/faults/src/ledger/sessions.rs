//! Sessions: each change left its mark and was told once.

use super::{Check, Deed, Outcome, Verdict, told::Person};

pub(super) fn check(person: &Person<'_>, verdict: &mut Verdict) {
    let (ended, perhaps_ended) = person.done(|deed| deed == Deed::End);
    match person.session {
        Some(_) => open(person, ended, verdict),
        None => gone(person, ended + perhaps_ended > 0, verdict),
    }
}

/// The session is there, and its marks tell which changes were stored.
fn open(person: &Person<'_>, ended: usize, verdict: &mut Verdict) {
    let (name, Some(session)) = (person.name, person.session) else { return };
    verdict.hold(Check::AnsweredIsStored, ended == 0, || format!("the end of the session of {name}"));
    for write in &person.writes {
        let Deed::Change(mark) = write.deed else { continue };
        let there = session.marks.contains(&mark);
        match write.outcome {
            Outcome::Promised(_) => verdict
                .hold(Check::AnsweredIsStored, there, || format!("change {mark} of the session of {name}")),
            Outcome::Refused => verdict.hold(Check::RefusedIsNotStored, !there, || {
                format!("change {mark} of the session of {name}")
            }),
            Outcome::Unknown | Outcome::Impossible(_) => {}
        }
    }
    let created: Vec<_> = person.told("SessionCreated").collect();
    let own = created.iter().filter(|event| event.session_id == session.id).count();
    verdict.hold(Check::StoredIsTold, own == 1, || {
        format!("the opening of {name}'s session {}, told {own} times", session.id)
    });
    verdict.hold(Check::ToldIsStored, created.len() == own, || {
        format!("{} sessions of {name} were told of, and there is one", created.len())
    });
    verdict.hold(Check::ToldIsStored, person.told("SessionDeleted").next().is_none(), || {
        format!("the end of {name}'s session, which is there")
    });

    // An opening by POST that created the session told of that; it touched the session where it was there already.
    let (opened, perhaps_opened) = person.done(|deed| deed == Deed::Open);
    let told = person.told("SessionUpdated").count();
    let least = session.marks.len() + opened.saturating_sub(1);
    let most = session.marks.len() + opened + perhaps_opened;
    verdict.hold(Check::StoredIsTold, told >= least, || {
        format!("{} of {least} changes of the session of {name}", least - told)
    });
    verdict.hold(Check::ToldIsStored, told <= most, || {
        format!("{} changes of the session of {name} more than the {most} there were", told - most)
    });
}

/// There is no session: it was ended, or there never was one.
fn gone(person: &Person<'_>, may_be_ended: bool, verdict: &mut Verdict) {
    let name = person.name;
    let (opened, _) = person.done(|deed| deed == Deed::Open);
    let (changed, perhaps) = person.done(|deed| matches!(deed, Deed::Change(_) | Deed::Open));
    let updated = person.told("SessionUpdated").count();
    let deleted = person.told("SessionDeleted").count();
    if !may_be_ended {
        verdict.hold(Check::AnsweredIsStored, changed == 0, || {
            format!("{changed} changes of the session of {name}, which is not there")
        });
        let told = person.events.iter().filter(|event| event.kind.starts_with("Session")).count();
        verdict.hold(Check::ToldIsStored, told == 0, || {
            format!("{told} events of {name}'s session, which is not there")
        });
        return;
    }
    // One that was never opened cannot have been ended: whoever asked was answered 404.
    let created = person.told("SessionCreated").count();
    verdict.hold(Check::StoredIsTold, deleted >= created, || format!("the end of {name}'s session"));
    verdict.hold(Check::ToldIsStored, deleted <= created.max(1), || {
        format!("{deleted} ends of {name}'s one session")
    });
    let least = changed - opened.min(1);
    verdict.hold(Check::StoredIsTold, updated >= least, || {
        format!("{updated} of {least} changes of {name}'s session, which was ended")
    });
    verdict.hold(Check::ToldIsStored, updated <= changed + perhaps, || {
        format!(
            "{updated} changes of {name}'s session, which was ended; there were {} at most",
            changed + perhaps
        )
    });
}
