//! Uploads: each that was answered comes back as it was sent.

use super::{Check, History, Outcome, Told, Verdict};

pub(super) fn check(history: &History, verdict: &mut Verdict) {
    for write in &history.writes {
        if let Outcome::Promised(Told::Image { url, fetched }) = &write.outcome {
            verdict.hold(Check::UploadIsFetched, *fetched, || url.clone());
        }
    }
}
