//! What the catalogue says about the table of users, which another program may have made.

use hexad_ports::{Concern, Mistake, NotReady, domain::Field};
use sqlx::{PgConnection, Row};
use std::collections::HashMap;

/// The columns that are read.
const COLUMNS: [&str; 8] = ["id", "username", "password", "first_name", "last_name", "dni", "email", "city"];
/// The columns in which no two users may be the same.
const UNIQUE: [(&str, Field); 3] =
    [("username", Field::Username), ("dni", Field::Dni), ("email", Field::Email)];
/// A UUID as text.
const ID_WIDTH: i32 = 36;

/// How the ids of users are kept. What is compared with the column has to be of its own type, or its index is of no
/// use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdColumn {
    Uuid,
    /// `text`, or `varchar` of any width.
    Text,
    /// `char(n)`: filled up with spaces, which are no part of the id.
    Padded,
}

/// The table of users as it is.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The schema that the table is in.
    pub(crate) schema: String,
    pub(crate) id: IdColumn,
    /// Whether a unique constraint may be looked at only when a transaction commits.
    pub(crate) deferred: bool,
    /// The fields by the names of their unique constraints or indexes; `None` for the id's.
    unique: HashMap<String, Option<Field>>,
}

impl Layout {
    /// Reads it, and says what is missing.
    pub(crate) async fn read(connection: &mut PgConnection, schema: &str) -> Result<Self, Failure> {
        let id = read_columns(connection, schema).await?;
        let mut layout = Layout { schema: schema.to_owned(), id, deferred: false, unique: HashMap::new() };
        layout.read_unique(connection).await?;
        for (column, field) in UNIQUE {
            if !layout.unique.values().any(|unique| *unique == Some(field)) {
                return Err(content(format!(
                    "no unique constraint keeps {column} of the table \"user\" unique; add it: \
                     ALTER TABLE {} ADD UNIQUE ({column})",
                    quoted(schema)
                )));
            }
        }
        Ok(layout)
    }

    /// A unique index serves whatever it is called, where it is over the one column, over all rows, and valid. A
    /// constraint has the name of its index.
    async fn read_unique(&mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let rows = sqlx::query(
            "SELECT x.relname::text AS name, a.attname::text AS \"column\", i.indimmediate AS immediate
             FROM pg_index AS i
             JOIN pg_class AS x ON x.oid = i.indexrelid
             JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
             WHERE i.indrelid = to_regclass(format('%I.%I', $1::text, 'user'))
               AND i.indisunique AND i.indisvalid AND i.indisready
               AND i.indnkeyatts = 1 AND i.indpred IS NULL AND i.indexprs IS NULL",
        )
        .bind(&self.schema)
        .fetch_all(connection)
        .await?;
        for row in rows {
            let (name, column): (String, String) = (row.try_get("name")?, row.try_get("column")?);
            let field = UNIQUE.iter().find(|(unique, _)| *unique == column).map(|(_, field)| *field);
            if field.is_some() || column == "id" {
                self.deferred |= !row.try_get::<bool, _>("immediate")?;
                self.unique.insert(name, field);
            }
        }
        Ok(())
    }

    /// The field that the constraint keeps unique, `Some(None)` where it is the id, `None` where the constraint is
    /// not known.
    pub(crate) fn constraint(&self, name: &str) -> Option<Option<Field>> {
        self.unique.get(name).copied()
    }
}

async fn read_columns(connection: &mut PgConnection, schema: &str) -> Result<IdColumn, Failure> {
    // Of a domain, what it is made of.
    let rows = sqlx::query(
        "SELECT a.attname::text AS name, coalesce(b.typname, t.typname)::text AS type,
                CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END AS width
         FROM pg_attribute AS a
         JOIN pg_type AS t ON t.oid = a.atttypid
         LEFT JOIN pg_type AS b ON b.oid = t.typbasetype
         WHERE a.attrelid = to_regclass(format('%I.%I', $1::text, 'user')) AND a.attnum > 0 AND NOT a.attisdropped",
    )
    .bind(schema)
    .fetch_all(connection)
    .await?;
    if rows.is_empty() {
        return Err(content(
            "there is no table \"user\", although there was one once: bring it back".to_owned(),
        ));
    }
    let mut columns: HashMap<String, (String, i32)> = HashMap::new();
    for row in rows {
        columns.insert(row.try_get("name")?, (row.try_get("type")?, row.try_get("width")?));
    }
    if let Some(missing) = COLUMNS.iter().find(|name| !columns.contains_key(**name)) {
        return Err(content(format!("the table {} has no column {missing}", quoted(schema))));
    }
    let (name, modifier) = columns.remove("id").unwrap_or_default();
    // The modifier of a text type is its width and four.
    let narrow = (0..ID_WIDTH + 4).contains(&modifier);
    match name.as_str() {
        "uuid" => Ok(IdColumn::Uuid),
        "text" | "varchar" if !narrow => Ok(IdColumn::Text),
        "bpchar" if !narrow => Ok(IdColumn::Padded),
        _ => Err(content(format!(
            "the column id of the table {} has the type {name}, where uuid, text, or varchar or char of at least 36 \
             characters is needed",
            quoted(schema)
        ))),
    }
}

/// Why the table cannot be read, or cannot serve.
#[derive(Debug)]
pub(crate) enum Failure {
    Sqlx(sqlx::Error),
    Mistake(Mistake),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Failure::Sqlx(error)
    }
}

impl Failure {
    pub(crate) fn not_ready(self, otherwise: impl FnOnce(sqlx::Error) -> NotReady) -> NotReady {
        match self {
            Failure::Sqlx(error) => otherwise(error),
            Failure::Mistake(mistake) => mistake.into(),
        }
    }
}

fn content(why: String) -> Failure {
    Failure::Mistake(Mistake::new(Concern::Content, why))
}

fn quoted(schema: &str) -> String {
    format!("\"{}\".\"user\"", schema.replace('"', "\"\""))
}
