//! The settings as flags, and `--help`.

use super::known::{Known, Meaning};
use crate::{commands::Chosen, program::Program};
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::OsString;

const AFTER_HELP: &str = "\
Each setting is also read from the environment and from the file .env in the working folder, by the name in brackets.
A flag wins over the environment, and that over .env; an empty value counts as none.";

/// What stands on the command line.
pub(super) struct Line {
    /// The flags that were given, by the names of their settings.
    pub(super) settings: Vec<(String, String)>,
    /// The command, where the program is not just to run.
    pub(super) chosen: Option<Chosen>,
}

/// Reads the command line.
///
/// # Errors
/// What is to be printed instead: help, the version, or what is wrong with the arguments.
pub(super) fn read(
    program: Program,
    known: &[Known],
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Line, clap::Error> {
    let arguments = [OsString::from(program.name())].into_iter().chain(arguments);
    let mut matches = command(program, known).try_get_matches_from(arguments)?;
    let given = |setting: &Known| {
        let value = matches.try_get_one::<String>(setting.name()).ok()??;
        Some((setting.name().to_owned(), value.clone()))
    };
    let settings = known.iter().filter_map(given).collect();
    Ok(Line { settings, chosen: chosen(program, &mut matches) })
}

fn chosen(program: Program, matches: &mut ArgMatches) -> Option<Chosen> {
    let (group, mut inner) = matches.remove_subcommand()?;
    let (name, flags) = inner.remove_subcommand()?;
    let command = program.commands().iter().find(|command| command.group == group && command.name == name)?;
    Some(Chosen { command, flags })
}

fn command(program: Program, known: &[Known]) -> Command {
    let settings =
        known.iter().filter(|setting| !matches!(setting.meaning, Meaning::OneServiceOnly)).map(argument);
    let line = Command::new(program.name())
        .about(program.about())
        .version(env!("CARGO_PKG_VERSION"))
        .after_help(AFTER_HELP)
        .args(settings);
    program.commands().iter().fold(line, |line, own| {
        let inner = (own.flags)(Command::new(own.name).about(own.about));
        if line.find_subcommand(own.group).is_some() {
            return line.mut_subcommand(own.group, |group| group.subcommand(inner));
        }
        line.subcommand(
            Command::new(own.group).about(own.group_about).subcommand_required(true).subcommand(inner),
        )
    })
}

fn argument(setting: &Known) -> Arg {
    let row = setting.row;
    let argument = Arg::new(setting.name().to_owned())
        .long(flag(setting.name()))
        .aliases(setting.names.iter().skip(1).map(|alias| flag(alias)))
        .value_name(row.value)
        .action(ArgAction::Set)
        .help(help(setting));
    match setting.meaning {
        Meaning::NotBuilt(_) => argument.help_heading("Not built yet: given, they end the start"),
        _ => argument,
    }
}

fn flag(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

fn help(setting: &Known) -> String {
    let names = setting.names.join(", alias ");
    let default =
        setting.default_in_words().map(|default| format!(" [default: {default}]")).unwrap_or_default();
    format!("{} [{names}]{default}", setting.row.help)
}
