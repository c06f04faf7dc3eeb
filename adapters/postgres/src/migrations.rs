//! The schema of our own tables.

use crate::layout::Failure;
use hexad_ports::{Concern, Mistake};
use sqlx::{
    PgConnection,
    migrate::{MigrateError, Migrator},
};

/// Where it is noted which migrations were made: other programs that use sqlx have the default name.
const TABLE: &str = "hexad_migrations";

fn migrator() -> Migrator {
    let mut migrator = sqlx::migrate!();
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

/// Whether all migrations are made. Only looks: a role that may only read can ask.
pub(crate) async fn are_made(connection: &mut PgConnection, schema: &str) -> Result<bool, Failure> {
    let (there, readable): (bool, Option<bool>) = sqlx::query_as(
        "SELECT c.oid IS NOT NULL, has_table_privilege(c.oid, 'SELECT')
         FROM (SELECT to_regclass(format('%I.%I', $1::text, $2::text)) AS oid) AS c",
    )
    .bind(schema)
    .bind(TABLE)
    .fetch_one(&mut *connection)
    .await?;
    if !there {
        return Ok(false);
    }
    if readable != Some(true) {
        return Err(mistake(Concern::Privilege, format!("the role may not SELECT from {TABLE}")));
    }
    let made: Vec<(i64, Vec<u8>, bool)> =
        sqlx::query_as("SELECT version, checksum, success FROM hexad_migrations ORDER BY version")
            .fetch_all(connection)
            .await?;
    let migrator = migrator();
    for (version, checksum, success) in &made {
        match migrator.iter().find(|known| known.version == *version) {
            None => return Err(newer(*version)),
            Some(known) if !success || known.checksum.as_ref() != checksum.as_slice() => {
                return Err(foreign(&format!("migration {version} is not the one that was made")));
            }
            Some(_) => {}
        }
    }
    Ok(made.len() == migrator.iter().count())
}

/// Makes those that are missing, one process at a time: the others wait at an advisory lock, which the server lets
/// go of when its connection ends.
pub(crate) async fn make(connection: &mut PgConnection) -> Result<(), Failure> {
    migrator().run_direct(None, connection, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => newer(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Failure::Sqlx(error),
        other => foreign(&other.to_string()),
    })
}

fn newer(found: i64) -> Failure {
    let known = migrator().iter().map(|migration| migration.version).max().unwrap_or(0);
    let why = format!(
        "the database has schema {found}, this program knows none newer than {known}: use the newer program"
    );
    mistake(Concern::Content, why)
}

fn foreign(why: &str) -> Failure {
    mistake(
        Concern::Content,
        format!("the tables whose names begin with hexad_ are not this program's own: {why}"),
    )
}

fn mistake(about: Concern, why: String) -> Failure {
    Failure::Mistake(Mistake::new(about, why))
}
