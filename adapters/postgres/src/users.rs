//! Users, in the table that other programs may read and write too.

use crate::{
    PostgresStore,
    layout::{IdColumn, Layout},
    log, refusal,
};
use hexad_ports::{
    Expected, Revision, SaveUser, Unavailable, UserChange, UserKey, UserStore, async_trait,
    domain::{City, Dni, Email, Event, Field, FirstName, LastName, PasswordHash, User, UserId, Username},
};
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

const USER_STORE: &str = "the user store";

/// The transaction that wrote the row, and a digest of what it wrote: whoever changes the row, by whatever program,
/// changes this, and the digest tells it from the row of four billion transactions later, whose numbers come again.
macro_rules! revision {
    () => {
        "this.xmin::text || '-' || to_hex(hashtextextended(this::text, 0))"
    };
}

/// A column may hold nothing even where it must not, as constraints get lost.
macro_rules! user_where {
    ($condition:literal) => {
        concat!(
            "SELECT coalesce(this.id::text, '') AS id, coalesce(this.username::text, '') AS username,
                    coalesce(this.password::text, '') AS password,
                    coalesce(this.first_name::text, '') AS first_name,
                    coalesce(this.last_name::text, '') AS last_name, coalesce(this.dni::text, '') AS dni,
                    coalesce(this.email::text, '') AS email, coalesce(this.city::text, '') AS city, ",
            revision!(),
            " AS revision FROM \"user\" AS this WHERE ",
            $condition
        )
    };
}

macro_rules! rehash_where {
    ($condition:literal) => {
        concat!(
            "UPDATE \"user\" AS this SET password = $2 WHERE ",
            $condition,
            " AND ",
            revision!(),
            " = $3 RETURNING ",
            revision!()
        )
    };
}

const INSERT: &str = concat!(
    "INSERT INTO \"user\" AS this (id, username, password, first_name, last_name, dni, email, city)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ",
    revision!()
);

#[async_trait]
impl UserStore for PostgresStore {
    async fn load(&self, key: UserKey<'_>) -> Result<Option<(User, Revision)>, Unavailable> {
        let layout = self.layout(USER_STORE)?;
        let (query, key) = match key {
            UserKey::Id(id) => (user_by_id(layout.id), Key::of_id(layout.id, id)),
            UserKey::Username(name) => (user_where!("this.username = $1"), Key::of_text(name)),
            UserKey::Email(email) => (user_where!("this.email = $1"), Key::of_text(email)),
        };
        let Some(key) = key else { return Ok(None) };
        self.run(USER_STORE, move |connection| {
            Box::pin(async move {
                let query = sqlx::query(query);
                let query = match key {
                    Key::Uuid(uuid) => query.bind(uuid),
                    Key::Text(text) => query.bind(text),
                };
                query.fetch_optional(connection).await?.as_ref().map(read).transpose()
            })
        })
        .await
    }

    async fn taken(&self, username: &str, dni: &str, email: &str) -> Result<Vec<Field>, Unavailable> {
        let values = [username, dni, email].map(str::to_owned);
        self.run(USER_STORE, move |connection| Box::pin(async move { taken(connection, &values).await }))
            .await
    }

    async fn save(
        &self,
        id: &UserId,
        expected: Expected,
        change: UserChange,
        events: &[Event],
    ) -> Result<SaveUser, Unavailable> {
        let layout = self.layout(USER_STORE)?;
        let Some(key) = Key::of_id(layout.id, id) else {
            return match change {
                UserChange::Rehash(_) => Ok(SaveUser::Stale),
                UserChange::Register(_) => {
                    Err(Unavailable::new(USER_STORE, "the column of ids cannot hold the new user's"))
                }
            };
        };
        let (store, events) = (self.clone(), events.to_vec());
        self.run(USER_STORE, move |connection| {
            Box::pin(async move {
                match (change, expected) {
                    (UserChange::Register(user), Expected::Absent) => {
                        register(&store, connection, key, &user, &events).await
                    }
                    (UserChange::Rehash(hash), Expected::At(revision)) => {
                        rehash(&store, connection, (layout.id, key), &revision, &hash, &events).await
                    }
                    _ => Ok(SaveUser::Stale),
                }
            })
        })
        .await
    }
}

/// A value to look a user up by, in the column's own type.
enum Key {
    Uuid(Uuid),
    Text(String),
}

impl Key {
    /// `None` where the column cannot hold the id. A UUID in another spelling is another id.
    fn of_id(column: IdColumn, id: &UserId) -> Option<Self> {
        let id = id.as_str();
        match column {
            IdColumn::Uuid => {
                Uuid::try_parse(id).ok().filter(|uuid| uuid.hyphenated().to_string() == id).map(Key::Uuid)
            }
            IdColumn::Text => Key::of_text(id),
            // Spaces at the end are the column's own.
            IdColumn::Padded => Key::of_text(id).filter(|_| !id.ends_with(' ')),
        }
    }

    /// `None` for a text that PostgreSQL cannot hold: nobody has it.
    fn of_text(text: &str) -> Option<Self> {
        holdable(text).map(|text| Key::Text(text.to_owned()))
    }
}

fn holdable(text: &str) -> Option<&str> {
    (!text.contains('\0')).then_some(text)
}

const fn user_by_id(column: IdColumn) -> &'static str {
    match column {
        IdColumn::Uuid | IdColumn::Text => user_where!("this.id = $1"),
        IdColumn::Padded => user_where!("this.id = $1::bpchar"),
    }
}

const fn rehash_by_id(column: IdColumn) -> &'static str {
    match column {
        IdColumn::Uuid | IdColumn::Text => rehash_where!("this.id = $1"),
        IdColumn::Padded => rehash_where!("this.id = $1::bpchar"),
    }
}

/// The constraints of the table decide. What they refuse is looked for afterwards: whoever was first has committed by
/// then, as the insert has waited for it.
async fn register(
    store: &PostgresStore,
    connection: &mut PgConnection,
    key: Key,
    user: &User,
    events: &[Event],
) -> Result<SaveUser, sqlx::Error> {
    let deferred = store.layout(USER_STORE).is_ok_and(|layout| layout.deferred);
    let mut change = connection.begin().await?;
    if deferred {
        sqlx::query("SET CONSTRAINTS ALL IMMEDIATE").execute(&mut *change).await?;
    }
    let insert = sqlx::query_scalar(INSERT);
    let insert = match key {
        Key::Uuid(uuid) => insert.bind(uuid),
        Key::Text(text) => insert.bind(text),
    };
    let inserted = insert
        .bind(user.username.as_str())
        .bind(user.password.expose())
        .bind(user.first_name.as_str())
        .bind(user.last_name.as_str())
        .bind(user.dni.as_str())
        .bind(user.email.as_str())
        .bind(user.city.as_str())
        .fetch_one(&mut *change)
        .await;
    match inserted {
        Ok(revision) => {
            let revision: String = revision;
            log::insert(&mut change, events).await?;
            change.commit().await?;
            store.announce(log::areas(events));
            Ok(SaveUser::Saved(Revision::new(revision)))
        }
        Err(error) => {
            change.rollback().await?;
            match refusal::violated_unique(&error) {
                Some(constraint) => conflict(store, connection, constraint, user).await?.ok_or(error),
                None => Err(error),
            }
        }
    }
}

/// What the row clashes with: by the constraint that said so, and by all others that can be seen. `None` where a
/// constraint forbids the row that is about nothing that we know.
async fn conflict(
    store: &PostgresStore,
    connection: &mut PgConnection,
    constraint: &str,
    user: &User,
) -> Result<Option<SaveUser>, sqlx::Error> {
    let values = [user.username.as_str(), user.dni.as_str(), user.email.as_str()].map(str::to_owned);
    let mut fields = taken(connection, &values).await?;
    match named(store, connection, constraint).await? {
        Some(None) => return Ok(Some(SaveUser::Stale)),
        Some(Some(field)) if !fields.contains(&field) => {
            fields.push(field);
            fields.sort();
        }
        _ => {}
    }
    Ok((!fields.is_empty()).then_some(SaveUser::Duplicate(fields)))
}

/// The field that the constraint is about. One that is not known may have its name since we looked.
async fn named(
    store: &PostgresStore,
    connection: &mut PgConnection,
    constraint: &str,
) -> Result<Option<Option<Field>>, sqlx::Error> {
    let Ok(layout) = store.layout(USER_STORE) else { return Ok(None) };
    if let Some(known) = layout.constraint(constraint) {
        return Ok(Some(known));
    }
    let Ok(layout) = Layout::read(connection, &layout.schema).await else { return Ok(None) };
    let known = layout.constraint(constraint);
    store.set_layout(layout);
    Ok(known)
}

/// The row itself is compared with what was expected, so that a change by any other program counts.
async fn rehash(
    store: &PostgresStore,
    connection: &mut PgConnection,
    (column, key): (IdColumn, Key),
    expected: &Revision,
    hash: &PasswordHash,
    events: &[Event],
) -> Result<SaveUser, sqlx::Error> {
    let mut change = connection.begin().await?;
    let update = sqlx::query_scalar(rehash_by_id(column));
    let update = match key {
        Key::Uuid(uuid) => update.bind(uuid),
        Key::Text(text) => update.bind(text),
    };
    let now: Option<String> =
        update.bind(hash.expose()).bind(expected.as_str()).fetch_optional(&mut *change).await?;
    let Some(now) = now else {
        change.rollback().await?;
        return Ok(SaveUser::Stale);
    };
    log::insert(&mut change, events).await?;
    change.commit().await?;
    store.announce(log::areas(events));
    Ok(SaveUser::Saved(Revision::new(now)))
}

async fn taken(connection: &mut PgConnection, values: &[String; 3]) -> Result<Vec<Field>, sqlx::Error> {
    let [username, dni, email] = values.each_ref().map(|value| holdable(value));
    let (by_username, by_dni, by_email): (bool, bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT FROM \"user\" WHERE username = $1),
                EXISTS (SELECT FROM \"user\" WHERE dni = $2),
                EXISTS (SELECT FROM \"user\" WHERE email = $3)",
    )
    .bind(username)
    .bind(dni)
    .bind(email)
    .fetch_one(connection)
    .await?;
    let found = [(by_username, Field::Username), (by_dni, Field::Dni), (by_email, Field::Email)];
    Ok(found.into_iter().filter_map(|(taken, field)| taken.then_some(field)).collect())
}

fn read(found: &PgRow) -> Result<(User, Revision), sqlx::Error> {
    let text = |column| found.try_get::<String, _>(column);
    let user = User {
        id: UserId::from_stored(text("id")?),
        username: Username::from_stored(text("username")?),
        password: PasswordHash::from_stored(text("password")?),
        first_name: FirstName::from_stored(text("first_name")?),
        last_name: LastName::from_stored(text("last_name")?),
        dni: Dni::from_stored(text("dni")?),
        email: Email::from_stored(text("email")?),
        city: City::from_stored(text("city")?),
    };
    Ok((user, Revision::new(text("revision")?)))
}
