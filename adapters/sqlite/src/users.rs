//! Users.

use crate::{SqliteStore, database::Change, log, row};
use hexad_ports::{
    Expected, Revision, SaveUser, Unavailable, UserChange, UserKey, UserStore, async_trait,
    domain::{City, Dni, Email, Event, Field, FirstName, LastName, PasswordHash, User, UserId, Username},
};
use sqlx::{SqliteExecutor, sqlite::SqliteRow};

const USER_STORE: &str = "the user store";

/// The query for a user by one column.
macro_rules! user_by {
    ($column:literal) => {
        concat!(
            r#"SELECT id, username, password, first_name, last_name, dni, email, city, revision FROM "user" WHERE "#,
            $column,
            " = ?1"
        )
    };
}

#[async_trait]
impl UserStore for SqliteStore {
    async fn load(&self, key: UserKey<'_>) -> Result<Option<(User, Revision)>, Unavailable> {
        let (query, value) = match key {
            UserKey::Id(id) => (user_by!("id"), id.as_str()),
            UserKey::Username(username) => (user_by!("username"), username),
            UserKey::Email(email) => (user_by!("email"), email),
        };
        let (store, value) = (self.clone(), value.to_owned());
        self.run(USER_STORE, async move {
            let found = sqlx::query(query).bind(value).fetch_optional(store.database().reader()).await?;
            found.as_ref().map(read).transpose()
        })
        .await
    }

    async fn taken(&self, username: &str, dni: &str, email: &str) -> Result<Vec<Field>, Unavailable> {
        let (store, [username, dni, email]) = (self.clone(), [username, dni, email].map(str::to_owned));
        self.run(USER_STORE, async move { taken(store.database().reader(), &username, &dni, &email).await })
            .await
    }

    async fn save(
        &self,
        id: &UserId,
        expected: Expected,
        change: UserChange,
        events: &[Event],
    ) -> Result<SaveUser, Unavailable> {
        let (store, id, events) = (self.clone(), id.clone(), events.to_vec());
        self.run(USER_STORE, async move {
            let mut transaction = store.database().change().await?;
            let outcome = match (&change, expected) {
                (UserChange::Register(user), Expected::Absent) => {
                    register(&mut transaction, &id, user).await?
                }
                (UserChange::Rehash(hash), Expected::At(revision)) => {
                    rehash(&mut transaction, &id, &revision, hash).await?
                }
                _ => SaveUser::Stale,
            };
            match outcome {
                SaveUser::Saved(_) => {
                    log::insert(&mut transaction, &events).await?;
                    store.commit(transaction).await?;
                }
                _ => transaction.rollback().await?,
            }
            Ok(outcome)
        })
        .await
    }
}

/// The constraints of the table decide; what they refuse is then looked for in the same transaction, in which nobody
/// else can have changed it.
async fn register(transaction: &mut Change, id: &UserId, user: &User) -> Result<SaveUser, sqlx::Error> {
    let inserted = sqlx::query(
        r#"INSERT INTO "user" (id, username, password, first_name, last_name, dni, email, city, revision)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)"#,
    )
    .bind(id.as_str())
    .bind(user.username.as_str())
    .bind(user.password.expose())
    .bind(user.first_name.as_str())
    .bind(user.last_name.as_str())
    .bind(user.dni.as_str())
    .bind(user.email.as_str())
    .bind(user.city.as_str())
    .execute(&mut **transaction)
    .await;
    match inserted {
        Ok(_) => Ok(SaveUser::Saved(revision(1))),
        Err(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()) => {
            let (username, dni, email) = (user.username.as_str(), user.dni.as_str(), user.email.as_str());
            let there: bool = sqlx::query_scalar(r#"SELECT EXISTS (SELECT 1 FROM "user" WHERE id = ?1)"#)
                .bind(id.as_str())
                .fetch_one(&mut **transaction)
                .await?;
            let fields = taken(&mut **transaction, username, dni, email).await?;
            Ok(if there || fields.is_empty() { SaveUser::Stale } else { SaveUser::Duplicate(fields) })
        }
        Err(error) => Err(error),
    }
}

async fn rehash(
    transaction: &mut Change,
    id: &UserId,
    expected: &Revision,
    hash: &PasswordHash,
) -> Result<SaveUser, sqlx::Error> {
    let Ok(expected) = expected.as_str().parse::<i64>() else { return Ok(SaveUser::Stale) };
    let now: Option<i64> = sqlx::query_scalar(
        r#"UPDATE "user" SET password = ?3, revision = revision + 1 WHERE id = ?1 AND revision = ?2 RETURNING revision"#,
    )
    .bind(id.as_str())
    .bind(expected)
    .bind(hash.expose())
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(now.map_or(SaveUser::Stale, |now| SaveUser::Saved(revision(now))))
}

async fn taken(
    executor: impl SqliteExecutor<'_>,
    username: &str,
    dni: &str,
    email: &str,
) -> Result<Vec<Field>, sqlx::Error> {
    let (by_username, by_dni, by_email): (bool, bool, bool) = sqlx::query_as(
        r#"SELECT EXISTS (SELECT 1 FROM "user" WHERE username = ?1),
                  EXISTS (SELECT 1 FROM "user" WHERE dni = ?2),
                  EXISTS (SELECT 1 FROM "user" WHERE email = ?3)"#,
    )
    .bind(username)
    .bind(dni)
    .bind(email)
    .fetch_one(executor)
    .await?;
    let found = [(by_username, Field::Username), (by_dni, Field::Dni), (by_email, Field::Email)];
    Ok(found.into_iter().filter_map(|(taken, field)| taken.then_some(field)).collect())
}

fn read(found: &SqliteRow) -> Result<(User, Revision), sqlx::Error> {
    let user = User {
        id: UserId::from_stored(row::text(found, "id")?),
        username: Username::from_stored(row::text(found, "username")?),
        password: PasswordHash::from_stored(row::text(found, "password")?),
        first_name: FirstName::from_stored(row::text(found, "first_name")?),
        last_name: LastName::from_stored(row::text(found, "last_name")?),
        dni: Dni::from_stored(row::text(found, "dni")?),
        email: Email::from_stored(row::text(found, "email")?),
        city: City::from_stored(row::text(found, "city")?),
    };
    Ok((user, revision(row::number(found, "revision")?.unwrap_or_default())))
}

fn revision(number: i64) -> Revision {
    Revision::new(number.to_string())
}
