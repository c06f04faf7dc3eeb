//! What is asked for on the command line.

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use hexad_faults::{Target, ledger::Area, staging::Staging};
use std::path::PathBuf;

/// The whole of it.
pub(crate) struct Options {
    pub(crate) rounds: u64,
    pub(crate) first: u64,
    pub(crate) seed: u64,
    pub(crate) each_once: bool,
    pub(crate) mutants: bool,
    pub(crate) logs: PathBuf,
    pub(crate) what: What,
}

/// What is run.
pub(crate) enum What {
    /// Rounds on a system of our own.
    Rounds,
    /// The servers without Hexad.
    Bare,
    /// Rounds on a system of somebody else's.
    Staging(Box<Staging>),
}

const ABOUT: &str = "Breaks a Hexad under load, and holds what was answered, what is stored and what arrived against \
each other.

Without a URL it builds the programs, starts two replicas of each on servers of its own, and kills and \
disconnects them in every way. With the URLs of a staging system it writes there and judges; it breaks nothing \
itself, but runs the operator's --fault-command in the middle of each round. Users, sessions and images of the run \
stay there; the users' names begin with f and a number.

The exit code is 1 where something was lost, made up or out of order, or a mutant was not caught.";

fn command() -> Command {
    let url = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("URL").help(help).help_heading("A staging system")
    };
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name).long(name).default_value(default).value_parser(value_parser!(u64)).help(help)
    };
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let replicas = |name, help| url(name, help).value_delimiter(',').num_args(1);
    Command::new("hexad-faults")
        .about(ABOUT)
        .arg(number("rounds", "14", "How many rounds"))
        .arg(number(
            "first",
            "1",
            "The number of the first round: with the seed of a run it repeats that round",
        ))
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_parser(value_parser!(u64))
                .help("Decides what breaks and when; one is chosen and printed where none is given"),
        )
        .arg(flag(
            "each-once",
            "Go through the kinds of faults one by one, without repeating the telling ones",
        ))
        .arg(flag(
            "mutants",
            "Afterwards run programs that make the classic mistakes, each of which must be caught",
        ))
        .arg(flag("bare", "Leave Hexad out: what do the servers lose by themselves when they are killed?"))
        .arg(
            Arg::new("logs")
                .long("logs")
                .value_name("FOLDER")
                .default_value(std::env::temp_dir().join("hexad-faults-logs").into_os_string())
                .value_parser(value_parser!(PathBuf))
                .help("Where the programs' logs go"),
        )
        .arg(replicas("auth", "The auth service; replicas separated by commas").requires_all([
            "user-soap",
            "session",
            "amqp",
            "postgres",
            "mongo",
        ]))
        .arg(replicas("user-soap", "The registration service").requires("auth"))
        .arg(replicas("session", "The session service").requires("auth"))
        .arg(replicas("image", "The image service; no uploads without it").requires("auth"))
        .arg(url("amqp", "The broker, with its virtual host").requires("auth"))
        .arg(url("exchange", "The exchange of events").value_name("NAME").default_value("domain-events"))
        .arg(
            url(
                "area-queues",
                "Read auth-events, user-events and session-events too: nobody else may read them",
            )
            .value_name("")
            .num_args(0)
            .action(ArgAction::SetTrue),
        )
        .arg(url("postgres", "The database of users, for reading back").requires("auth"))
        .arg(url("mongo", "The database of sessions, for reading back").requires("auth"))
        .arg(
            url("fault-command", "What breaks the system: it is run by a shell in the middle of each round")
                .value_name("COMMAND")
                .default_value(""),
        )
        .arg(
            number("writes", "500", "Writes of a round before the fault, and after it")
                .help_heading("A staging system"),
        )
        .arg(
            number("skew", "0", "Milliseconds that the system's clocks may be off from this one's")
                .help_heading("A staging system"),
        )
}

impl Options {
    pub(crate) fn read() -> Self {
        let given = command().get_matches();
        let number = |name: &str| given.get_one::<u64>(name).copied().unwrap_or_default();
        let seed = given.get_one::<u64>("seed").copied().unwrap_or_else(|| fastrand::u64(..1_000_000));
        let what = match (given.contains_id("auth"), given.get_flag("bare")) {
            (true, _) => What::Staging(Box::new(staging(&given, seed))),
            (false, true) => What::Bare,
            (false, false) => What::Rounds,
        };
        Options {
            rounds: number("rounds"),
            first: number("first").max(1),
            seed,
            each_once: given.get_flag("each-once"),
            mutants: given.get_flag("mutants"),
            logs: given.get_one::<PathBuf>("logs").cloned().unwrap_or_default(),
            what,
        }
    }
}

fn staging(given: &ArgMatches, seed: u64) -> Staging {
    let text = |name: &str| given.get_one::<String>(name).cloned().unwrap_or_default();
    let replicas = |name: &str| -> Vec<String> {
        let given = given.get_many::<String>(name).into_iter().flatten();
        given.map(|url| url.trim_end_matches('/').to_owned()).collect()
    };
    let number = |name: &str| given.get_one::<u64>(name).copied().unwrap_or_default();
    let areas = [("user-events", Area::User), ("auth-events", Area::Auth), ("session-events", Area::Session)];
    let queues = if given.get_flag("area-queues") { areas.to_vec() } else { Vec::new() };
    let target = Target {
        user_soap: replicas("user-soap"),
        auth: replicas("auth"),
        session: replicas("session"),
        image: replicas("image"),
        amqp: text("amqp"),
        exchange: text("exchange"),
        queues: queues.into_iter().map(|(name, area)| (name.to_owned(), area)).collect(),
        postgres: text("postgres"),
        mongo: text("mongo"),
    };
    Staging {
        target,
        command: text("fault-command"),
        writes: number("writes"),
        skew: i64::try_from(number("skew")).unwrap_or_default().saturating_mul(1000),
        seed,
    }
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
        let parse = |line: &str| command().try_get_matches_from(line.split(' ')).is_ok();
        assert!(parse("hexad-faults --rounds 200 --seed 7 --mutants"));
        assert!(!parse("hexad-faults --auth http://127.0.0.1:1"), "the rest of the system is missing");
        assert!(!parse("hexad-faults --rounds many"));
    }
}
