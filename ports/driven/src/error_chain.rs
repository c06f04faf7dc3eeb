//! An error and its causes on one line, for an operator.

use std::error::Error;

/// The error, and after colons those of its causes that it does not say by itself: what a log is told. Never for a
/// client, as a cause may hold anything.
///
/// ```
/// use hexad_ports::{Unavailable, error_chain};
///
/// let error = Unavailable::new("the user store", "disk full");
/// assert_eq!(error.to_string(), "the user store cannot be reached");
/// assert_eq!(error_chain(&error), "the user store cannot be reached: disk full");
/// ```
#[must_use]
pub fn error_chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        source = cause.source();
    }
    line.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::error_chain;
    use crate::Unavailable;

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct Shown(#[from] Unavailable);

    #[test]
    fn a_cause_is_told_once_and_on_one_line() {
        let error = Unavailable::new("the store", "disk\nfull");
        assert_eq!(error_chain(&error), "the store cannot be reached: disk full");
        // An error that is shown as its source is.
        assert_eq!(error_chain(&Shown::from(error)), "the store cannot be reached: disk full");
    }
}
