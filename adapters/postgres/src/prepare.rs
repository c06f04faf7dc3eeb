//! The first visit: what is there, what is missing, and our own tables beside the one of users.

use crate::{
    Access, PostgresStore,
    layout::Layout,
    migrations,
    refusal::{away, connecting, working},
};
use hexad_ports::{Concern, Mistake, NotReady, Prepare, async_trait};
use sqlx::{ConnectOptions, PgConnection};
use std::time::Duration;
use tokio::time::timeout;

/// How long the schema may take to be made, by this process or by another that it waits for.
const LONGEST_MIGRATION: Duration = Duration::from_secs(60);
/// The oldest server that has all that the statements use.
const OLDEST_SERVER: i32 = 130_000;

/// What each kind of access needs: a privilege on a table.
const READING: [(&str, &str); 3] =
    [("SELECT", "user"), ("SELECT", "hexad_session"), ("SELECT", "hexad_revocation")];
const WRITING: [(&str, &str); 23] = [
    ("INSERT", "user"),
    ("UPDATE", "user"),
    ("INSERT", "hexad_session"),
    ("UPDATE", "hexad_session"),
    ("DELETE", "hexad_session"),
    ("INSERT", "hexad_revocation"),
    ("UPDATE", "hexad_revocation"),
    ("DELETE", "hexad_revocation"),
    ("SELECT", "hexad_applied"),
    ("INSERT", "hexad_applied"),
    // To be locked while the oldest are deleted.
    ("UPDATE", "hexad_applied"),
    ("DELETE", "hexad_applied"),
    ("SELECT", "hexad_event"),
    ("INSERT", "hexad_event"),
    ("UPDATE", "hexad_event"),
    ("DELETE", "hexad_event"),
    ("SELECT", "hexad_relay"),
    ("UPDATE", "hexad_relay"),
    // To see whether it is there already.
    ("SELECT", "hexad_dead_event"),
    ("INSERT", "hexad_dead_event"),
    ("USAGE", "hexad_session_revision"),
    ("USAGE", "hexad_event_seq"),
    ("USAGE", "hexad_relay_fence"),
];

#[async_trait]
impl Prepare for PostgresStore {
    /// Looks the table of users over, makes what is missing, and asks for the privileges that will be needed. Where
    /// everything is there, nothing is written.
    async fn prepare(&self) -> Result<(), NotReady> {
        let patience = self.options().patience;
        let mut connection = timeout(patience, self.address().connect())
            .await
            .map_err(away)?
            .map_err(|error| connecting(error, self.address()))?;
        let schema = timeout(patience, self.first_look(&mut connection)).await.map_err(away)??;
        if let Some(schema) = schema {
            let made = migrations::make(&mut connection);
            timeout(LONGEST_MIGRATION, made)
                .await
                .map_err(away)?
                .map_err(|failure| failure.not_ready(working))?;
            timeout(patience, self.second_look(&mut connection, &schema)).await.map_err(away)??;
        }
        Ok(())
    }
}

impl PostgresStore {
    /// Answers the schema where migrations are to be made in it.
    async fn first_look(&self, connection: &mut PgConnection) -> Result<Option<String>, NotReady> {
        let place = Place::find(connection).await.map_err(working)?;
        if place.version < OLDEST_SERVER {
            let why = format!("PostgreSQL 13 or newer is needed, the server is {}", place.version / 10_000);
            return Err(Mistake::new(Concern::Content, why).into());
        }
        if place.read_only && self.options().access == Access::Write {
            return Err(away("the server takes no writes now: it is a standby, or set to read only"));
        }
        let schema = place.schema.or(place.current).ok_or_else(|| {
            Mistake::new(
                Concern::Privilege,
                "no schema of the role's search_path is there and may be used by it",
            )
        })?;
        place_first(connection, &schema).await.map_err(working)?;
        // A table that cannot serve is told before anything is made beside it.
        if place.adopted {
            Layout::read(connection, &schema).await.map_err(|failure| failure.not_ready(working))?;
        }
        if !migrations::are_made(connection, &schema).await.map_err(|failure| failure.not_ready(working))? {
            return Ok(Some(schema));
        }
        self.second_look(connection, &schema).await?;
        Ok(None)
    }

    async fn second_look(&self, connection: &mut PgConnection, schema: &str) -> Result<(), NotReady> {
        let layout = Layout::read(connection, schema).await.map_err(|failure| failure.not_ready(working))?;
        let needed = match self.options().access {
            Access::Read => READING.to_vec(),
            Access::Write => [READING.as_slice(), WRITING.as_slice()].concat(),
        };
        let missing = missing_privileges(connection, schema, &needed).await.map_err(working)?;
        if !missing.is_empty() {
            let why = format!("the role has not the privileges that are needed: {}", missing.join(", "));
            return Err(Mistake::new(Concern::Privilege, why).into());
        }
        self.set_layout(layout);
        Ok(())
    }
}

/// Where the role's path leads.
struct Place {
    version: i32,
    read_only: bool,
    /// The schema in which the path finds a table of users.
    schema: Option<String>,
    adopted: bool,
    /// The schema in which the path would make one.
    current: Option<String>,
}

impl Place {
    async fn find(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let (version, read_only, schema, current): (i32, bool, Option<String>, Option<String>) = sqlx::query_as(
            "SELECT current_setting('server_version_num')::int,
                    current_setting('transaction_read_only') = 'on',
                    (SELECT n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                     WHERE c.oid = to_regclass('\"user\"')),
                    current_schema()::text",
        )
        .fetch_one(connection)
        .await?;
        Ok(Place { version, read_only, adopted: schema.is_some(), schema, current })
    }
}

/// Our tables stand beside the one of users, wherever that is in the path.
async fn place_first(connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "SELECT set_config('search_path', quote_ident($1) || ', ' || current_setting('search_path'), false),
                set_config('statement_timeout', $2, false), set_config('lock_timeout', $2, false),
                set_config('default_transaction_isolation', 'read committed', false)",
    )
    .bind(schema)
    .bind(LONGEST_MIGRATION.as_millis().to_string())
    .execute(connection)
    .await?;
    Ok(())
}

async fn missing_privileges(
    connection: &mut PgConnection,
    schema: &str,
    needed: &[(&str, &str)],
) -> Result<Vec<String>, sqlx::Error> {
    let (privileges, tables): (Vec<&str>, Vec<&str>) = needed.iter().copied().unzip();
    // To write a password, the right to that column is enough.
    sqlx::query_scalar(
        "SELECT format('%s on %I', need.privilege, need.name)
         FROM (SELECT privilege, name, format('%I.%I', $1::text, name) AS path
               FROM unnest($2::text[], $3::text[]) AS n (privilege, name)) AS need
         WHERE NOT CASE
             WHEN privilege = 'USAGE' THEN has_sequence_privilege(path, 'USAGE')
             WHEN privilege = 'UPDATE' AND name = 'user' THEN has_column_privilege(path, 'password', 'UPDATE')
             ELSE has_table_privilege(path, privilege) END",
    )
    .bind(schema)
    .bind(privileges)
    .bind(tables)
    .fetch_all(connection)
    .await
}
