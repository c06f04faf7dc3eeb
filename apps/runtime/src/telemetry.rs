//! The log: for people on a terminal, one JSON object a line anywhere else.

use crate::settings::{LogFormat, Settings};
use std::{
    env,
    io::{self, IsTerminal},
    panic,
};
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
        // https://no-color.org
        let colours = terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        registry.with(lines.with_ansi(colours)).try_init()
    } else {
        registry
            .with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false))
            .try_init()
    };
    // A panic is a line of the log like any other.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, says = panic.payload_as_str(), "a panic");
    }));
}
