//! The order of events, for each user and service.

use super::{Area, Arrival, Check, History, Micros, Outcome, Verdict, check::FirstCopies};
use std::collections::HashMap;

pub(super) fn check(history: &History, copies: &FirstCopies<'_>, verdict: &mut Verdict) {
    let windows = Windows::of(history);
    for (queue, first) in history.queues.iter().zip(&copies.0) {
        let mut by_subject: HashMap<(Area, &str), Vec<&Arrival>> = HashMap::new();
        for arrival in first {
            by_subject.entry((arrival.area, arrival.username.as_str())).or_default().push(arrival);
        }
        for ((area, name), events) in by_subject {
            let place = format!("of {name} from {}", queue.name);
            by_number(&events, &place, verdict);
            by_time(&events, windows.of_user(area, name), history.skew, &place, verdict);
            by_kind(&events, &place, verdict);
        }
    }
}

/// Each has a higher number than the one before.
fn by_number(events: &[&Arrival], place: &str, verdict: &mut Verdict) {
    for (earlier, later) in events.iter().zip(events.iter().skip(1)) {
        verdict.hold(Check::InOrder, earlier.sequence < later.sequence, || {
            format!(
                "{} {} with number {} came after {} {} with number {}, {place}",
                later.kind, later.id, later.sequence, earlier.kind, earlier.id, earlier.sequence
            )
        });
    }
}

/// An event of a write that was answered before a later event happened was committed before it.
fn by_time(events: &[&Arrival], windows: &[Window], skew: Micros, place: &str, verdict: &mut Verdict) {
    let mut latest: Option<&Arrival> = None;
    for event in events.iter().filter(|event| is_of_a_write(event)) {
        if let Some(earlier) = latest
            && let Some(settled) = settled_by(event.at, windows, skew)
        {
            verdict.hold(Check::InOrder, earlier.at <= settled.saturating_add(skew), || {
                format!(
                    "{} {} came after {} {}, whose write began after the other's was answered, {place}",
                    event.kind, event.id, earlier.kind, earlier.id
                )
            });
        }
        if latest.is_none_or(|latest| latest.at < event.at) {
            latest = Some(event);
        }
    }
}

/// A session is told of first when it is opened, last when it is ended.
fn by_kind(events: &[&Arrival], place: &str, verdict: &mut Verdict) {
    let mut stages: HashMap<&str, u8> = HashMap::new();
    for event in events {
        let stage = match event.kind.as_str() {
            "SessionCreated" => 0,
            "SessionUpdated" => 1,
            "SessionDeleted" => 2,
            _ => continue,
        };
        let reached = stages.entry(&event.session_id).or_default();
        verdict.hold(Check::InOrder, *reached <= stage, || {
            format!("{} {} came too late, {place}", event.kind, event.id)
        });
        *reached = stage.max(*reached);
    }
}

/// An opening may follow from a login that arrived, with no write of a client to bound it.
fn is_of_a_write(event: &Arrival) -> bool {
    ["UserRegistered", "UserLoggedIn", "SessionUpdated", "SessionDeleted"].contains(&event.kind.as_str())
}

/// From when a write was sent to when it was over for certain.
#[derive(Debug, Clone, Copy)]
struct Window {
    sent: Micros,
    over: Micros,
}

struct Windows<'a>(HashMap<(Area, &'a str), Vec<Window>>);

impl<'a> Windows<'a> {
    fn of(history: &'a History) -> Self {
        let mut windows: HashMap<(Area, &str), Vec<Window>> = HashMap::new();
        for write in &history.writes {
            let Some(area) = write.deed.area() else { continue };
            // Nobody knows when a write ends that was not answered.
            let answered = matches!(write.outcome, Outcome::Promised(_) | Outcome::Refused);
            let over = if answered { write.ended } else { Micros::MAX };
            windows.entry((area, &write.who)).or_default().push(Window { sent: write.sent, over });
        }
        Windows(windows)
    }

    fn of_user(&self, area: Area, name: &'a str) -> &[Window] {
        self.0.get(&(area, name)).map_or(&[], Vec::as_slice)
    }
}

/// When whatever was being written at that moment was over; `None` where nothing is known of it.
fn settled_by(at: Micros, windows: &[Window], skew: Micros) -> Option<Micros> {
    let around = windows
        .iter()
        .filter(|window| window.sent.saturating_sub(skew) <= at && at <= window.over.saturating_add(skew));
    around.map(|window| window.over).max()
}
