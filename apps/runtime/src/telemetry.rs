//! The log: for people on a terminal, one JSON object a line anywhere else.

use crate::settings::{LogFormat, Settings};
use std::io::{self, IsTerminal};
use tracing_subscriber::{fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Begins to log to stderr. A program calls it once; where there is a log already, that one stays.
pub(crate) fn init(settings: &Settings) {
    let terminal = io::stderr().is_terminal();
    let text = match settings.log_format {
        LogFormat::Auto => terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let registry = tracing_subscriber::registry().with(settings.log.clone());
    let lines = fmt::layer().with_writer(io::stderr);
    // An error says that there is a log already.
    let _ = if text {
        registry.with(lines.with_ansi(terminal)).try_init()
    } else {
        registry
            .with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false))
            .try_init()
    };
}
