//! `session-service sessions dedupe`: the several session documents of one user that the originals left in MongoDB.

use super::{Command, CommandError, ready};
use crate::{
    assemble::Parts,
    settings::{SessionPlace, Settings},
};
use clap::{Arg, ArgAction, ArgMatches};
use hexad::ports::Prepare;
use std::io::{self, Write};

const YES: &str = "yes";

/// How many users are looked at before any is shown.
const PAGE: usize = 100;

pub(crate) const DEDUPE: Command = Command {
    group: "sessions",
    group_about: "Looks after stored sessions",
    name: "dedupe",
    about: "Shows the users with several session documents in MongoDB, and which one counts; with --yes deletes the others",
    flags: |command| {
        let help = "Delete what is shown as superfluous";
        command.arg(Arg::new(YES).long(YES).action(ArgAction::SetTrue).help(help))
    },
    run: |settings, flags| Box::pin(run(settings, flags)),
};

async fn run(settings: &Settings, flags: &ArgMatches) -> Result<(), CommandError> {
    let mut parts = Parts::new(settings);
    let store = match settings.session_place {
        SessionPlace::Mongo => parts.mongo()?,
        SessionPlace::Postgres | SessionPlace::Embedded => None,
    };
    let (Some(store), Some(server)) = (store, &settings.mongo) else {
        writeln!(io::stdout(), "Sessions are not kept in MongoDB: there is nothing to do.")?;
        return Ok(());
    };
    ready(store.prepare().await, &server.names)?;
    let delete = flags.get_flag(YES);
    let (mut users, mut superfluous, mut deleted, mut after) = (0_u64, 0, 0, None);
    loop {
        let page = store.duplicates(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.user.clone());
        for duplicates in &page {
            writeln!(io::stdout(), "{duplicates}")?;
            users += 1;
            superfluous += duplicates.superfluous.len();
            if delete {
                deleted += store.delete_superfluous(duplicates).await?;
            }
        }
    }
    let found = format!("{users} users with {superfluous} superfluous session documents");
    if delete {
        writeln!(io::stdout(), "{found}; {deleted} deleted.")?;
    } else {
        let hint = if superfluous == 0 { "" } else { "; --yes deletes them" };
        writeln!(io::stdout(), "{found}; none deleted{hint}.")?;
    }
    Ok(())
}
