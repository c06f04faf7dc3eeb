//! Every kind of loss, of ghost and of disorder is found, and nothing else is.

use super::{
    Area, Check, Deed, Outcome, Told, check,
    made_up::{SECOND, calm, promised, session, write},
};

#[test]
fn a_calm_round_breaks_no_promise() {
    let verdict = check(&calm());
    assert_eq!(verdict.findings, []);
    assert_eq!((verdict.figures.promised, verdict.figures.events, verdict.figures.copies), (5, 6, 0));
}

#[test]
fn a_lost_row_is_found() {
    let mut history = calm();
    history.stored.users.clear();
    assert!(history.found().contains(&Check::AnsweredIsStored));
    // The row of another one is none, either.
    let mut history = calm();
    history.stored.users.insert("ada".to_owned(), "u2".to_owned());
    assert!(history.found().contains(&Check::AnsweredIsStored));
}

#[test]
fn a_lost_change_is_found() {
    let mut history = calm();
    history.session().marks.remove(&2);
    assert_eq!(history.found(), [Check::AnsweredIsStored, Check::ToldIsStored]);
    let mut history = calm();
    history.stored.sessions.clear();
    assert!(history.found().contains(&Check::AnsweredIsStored));
}

#[test]
fn a_lost_event_is_found_whatever_it_told_of() {
    for id in ["UserRegistered-1", "UserLoggedIn-1", "SessionCreated-1", "SessionUpdated-3"] {
        let mut history = calm();
        history.lose(id);
        assert_eq!(history.found(), [Check::StoredIsTold], "{id}");
        assert!(check(&history).may_heal());
    }
}

#[test]
fn the_lost_event_of_a_write_that_nobody_was_promised_is_found_by_its_row() {
    let mut history = calm();
    history.writes[0].outcome = Outcome::Unknown;
    history.writes[3].outcome = Outcome::Unknown;
    assert_eq!(history.found(), []);
    for id in ["UserRegistered-1", "SessionUpdated-3"] {
        let mut history = history.clone();
        history.lose(id);
        assert_eq!(history.found(), [Check::StoredIsTold], "{id}");
    }
}

#[test]
fn a_write_that_nobody_was_promised_may_have_come_to_nothing() {
    let mut history = calm();
    history.writes.push(write("bob", Deed::Register, 7, Outcome::Unknown));
    history.writes.push(write("ada", Deed::Change(4), 7, Outcome::Unknown));
    history.writes.push(write("ada", Deed::LogIn, 7, Outcome::Unknown));
    assert_eq!(history.found(), []);
}

#[test]
fn an_event_without_a_row_is_found() {
    // A registration that was rolled back.
    let mut history = calm();
    history.writes = vec![write("ada", Deed::Register, 1, Outcome::Unknown)];
    history.stored = Default::default();
    history.arrivals.retain(|arrival| arrival.kind == "UserRegistered");
    assert_eq!(history.found(), [Check::ToldIsStored]);

    // A second registration of one name, which the table refused.
    let mut history = calm();
    history.tell(Area::User, "UserRegistered", 2, 2);
    history.arrivals.last_mut().unwrap().user_id = "u2".to_owned();
    history.writes.push(write("ada", Deed::Register, 2, Outcome::Refused));
    assert_eq!(history.found(), [Check::ToldIsStored]);

    // A change that was never made, and one more login than there were.
    let mut history = calm();
    history.tell(Area::Session, "SessionUpdated", 7, 5);
    assert_eq!(history.found(), [Check::ToldIsStored]);
    let mut history = calm();
    history.tell(Area::Auth, "UserLoggedIn", 2, 2);
    assert_eq!(history.found(), [Check::ToldIsStored]);

    // The store knows better than the number of tries.
    let mut history = calm();
    history.writes.push(write("ada", Deed::LogIn, 7, Outcome::Unknown));
    history.session().connected_at = 7250;
    history.tell(Area::Auth, "UserLoggedIn", 7, 2);
    assert_eq!(history.found(), [Check::ToldIsStored]);
    history.stored.events = None;
    assert_eq!(history.found(), []);
}

#[test]
fn what_was_refused_and_is_stored_is_found() {
    let mut history = calm();
    history.writes[0].outcome = Outcome::Refused;
    history.writes[4].outcome = Outcome::Refused;
    let found = check(&history).findings;
    assert_eq!(found.iter().filter(|finding| finding.check == Check::RefusedIsNotStored).count(), 2);
}

#[test]
fn a_login_that_moves_nothing_is_found() {
    let mut history = calm();
    history.session().connected_at = 2249;
    assert_eq!(history.found(), [Check::LoginHasItsEffect]);
    // The first login ought to have opened the session.
    let mut history = calm();
    history.writes.truncate(2);
    history.stored.sessions.clear();
    history.arrivals.retain(|arrival| arrival.area != Area::Session);
    assert_eq!(history.found(), [Check::LoginHasItsEffect]);
}

#[test]
fn an_end_that_was_answered_is_the_end() {
    let mut history = calm();
    history.writes.push(write("ada", Deed::End, 7, promised()));
    assert!(history.found().contains(&Check::AnsweredIsStored), "the session is still there");
    history.stored.sessions.clear();
    assert_eq!(history.found(), [Check::StoredIsTold]);
    history.tell(Area::Session, "SessionDeleted", 7, 5);
    assert_eq!(history.found(), []);
    history.lose("SessionUpdated-3");
    assert_eq!(history.found(), [Check::StoredIsTold], "changes before it are told of too");
}

#[test]
fn an_end_that_was_told_and_not_made_is_found() {
    let mut history = calm();
    history.writes.push(write("ada", Deed::End, 7, Outcome::Unknown));
    assert_eq!(history.found(), []);
    history.tell(Area::Session, "SessionDeleted", 7, 5);
    assert_eq!(history.found(), [Check::ToldIsStored]);
}

#[test]
fn an_opening_by_a_client_is_told_as_what_it_was() {
    let mut history = calm();
    // It opened the session, before the login arrived.
    history.writes.push(write("ada", Deed::Open, 3, promised()));
    assert_eq!(history.found(), []);
    // It touched it.
    history.tell(Area::Session, "SessionUpdated", 7, 5);
    assert_eq!(history.found(), []);
    history.tell(Area::Session, "SessionUpdated", 8, 6);
    assert_eq!(history.found(), [Check::ToldIsStored]);
}

#[test]
fn a_number_that_falls_is_found() {
    let mut history = calm();
    history.arrivals.swap(3, 4);
    assert!(history.found().contains(&Check::InOrder));
    // In one queue alone, too.
    let mut history = calm();
    history.arrivals.swap(7, 8);
    assert_eq!(history.found(), [Check::InOrder]);
}

#[test]
fn numbers_that_rise_do_not_excuse_the_wrong_order() {
    let mut history = calm();
    // The first change is told after the second, each with the other's number.
    for queue in [3, 7] {
        let first = history.arrivals[queue].at;
        history.arrivals[queue].at = history.arrivals[queue + 1].at;
        history.arrivals[queue + 1].at = first;
    }
    assert_eq!(history.found(), [Check::InOrder]);
    // Unless nobody knows when the write of the first one ended.
    history.writes[2].outcome = Outcome::Unknown;
    assert_eq!(history.found(), []);
    // Or the clocks are known to differ.
    history.writes[2].outcome = promised();
    history.skew = 2 * SECOND;
    assert_eq!(history.found(), []);
}

#[test]
fn a_change_told_before_its_session_is_found() {
    let mut history = calm();
    for place in [2, 6] {
        history.arrivals[place].kind = "SessionUpdated".to_owned();
        history.arrivals[place + 1].kind = "SessionCreated".to_owned();
    }
    assert!(history.found().contains(&Check::InOrder));
}

#[test]
fn copies_are_counted_and_may_come_at_any_time() {
    let mut history = calm();
    for place in [0, 4, 3, 3] {
        history.arrivals.push(history.arrivals[place].clone());
    }
    let verdict = check(&history);
    assert_eq!((verdict.findings, verdict.figures.copies, verdict.figures.events), (vec![], 4, 6));
}

#[test]
fn a_copy_that_differs_is_found() {
    let mut history = calm();
    let mut copy = history.arrivals[3].clone();
    copy.fingerprint = 99;
    history.arrivals.push(copy);
    assert_eq!(history.found(), [Check::CopiesAreAlike]);
}

#[test]
fn an_event_that_one_queue_missed_is_found() {
    let mut history = calm();
    history.arrivals.remove(8);
    assert_eq!(history.found(), [Check::EveryQueueHasIt]);
}

#[test]
fn an_upload_that_does_not_come_back_is_found() {
    let mut history = calm();
    let image = |fetched| Outcome::Promised(Told::Image { url: "http://x/a.png".to_owned(), fetched });
    history.writes.push(write("ada", Deed::Upload, 7, image(true)));
    assert_eq!(history.found(), []);
    history.writes.push(write("ada", Deed::Upload, 8, image(false)));
    assert_eq!(history.found(), [Check::UploadIsFetched]);
}

#[test]
fn an_impossible_answer_is_found() {
    let mut history = calm();
    history.writes.push(write("ada", Deed::Open, 7, Outcome::Impossible("500".to_owned())));
    assert_eq!(history.found(), [Check::AnswersArePossible]);
}

#[test]
fn what_others_do_meanwhile_is_nobodys_business() {
    let mut history = calm();
    history.tell(Area::User, "UserRegistered", 9, 9);
    let stranger = history.arrivals.last_mut().unwrap();
    stranger.username = "somebody.else".to_owned();
    history.stored.sessions.insert("u9".to_owned(), session(&[1], 1));
    assert_eq!(history.found(), []);
}
