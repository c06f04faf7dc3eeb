//! What the ports promise, held to the store. Each call for a store opens one anew, as another process does.

use crate::support::Place;
use hexad_contract::{AdoptedUsersHarness, EventsHarness, ProbeHarness, SessionsHarness, UsersHarness};
use hexad_ports::{EventLog, Outbox, Prepare, Probe, SessionStore, UserStore, async_trait, domain::User};
use hexad_postgres::PostgresOptions;
use hexad_stage::{Mode, Proxy};
use sqlx::AssertSqlSafe;
use std::{sync::Arc, time::Duration};

#[async_trait]
impl UsersHarness for Place {
    async fn store(&self) -> Arc<dyn UserStore> {
        Arc::new(Place::store(self).await)
    }

    async fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(Place::store(self).await)
    }
}

#[async_trait]
impl AdoptedUsersHarness for Place {
    async fn leave(&self, user: &User) {
        // The table is there once a store has been prepared.
        Place::store(self).await;
        let mut behind = self.behind().await;
        let cast: &str = if sqlx::query_scalar(
            "SELECT atttypid = 'uuid'::regtype FROM pg_attribute
             WHERE attrelid = '\"user\"'::regclass AND attname = 'id'",
        )
        .fetch_one(&mut behind)
        .await
        .unwrap()
        {
            "::uuid"
        } else {
            ""
        };
        sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO \"user\" (id, username, password, first_name, last_name, dni, email, city)
             VALUES ($1{cast}, $2, $3, $4, $5, $6, $7, $8)"
        )))
        .bind(user.id.as_str())
        .bind(user.username.as_str())
        .bind(user.password.expose())
        .bind(user.first_name.as_str())
        .bind(user.last_name.as_str())
        .bind(user.dni.as_str())
        .bind(user.email.as_str())
        .bind(user.city.as_str())
        .execute(&mut behind)
        .await
        .expect("a row");
    }
}

#[async_trait]
impl SessionsHarness for Place {
    async fn store(&self) -> Arc<dyn SessionStore> {
        Arc::new(Place::store(self).await)
    }

    async fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(Place::store(self).await)
    }
}

#[async_trait]
impl EventsHarness for Place {
    async fn log(&self) -> Arc<dyn EventLog> {
        Arc::new(Place::store(self).await)
    }

    async fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(Place::store(self).await)
    }

    /// Leases end by the server's clock, which nobody can turn: they are brought forward instead.
    async fn pass(&self, time: Duration) {
        let time = time.as_micros();
        self.run(&format!("UPDATE hexad_relay SET until = greatest(until - {time}, 1) WHERE until > 0"))
            .await;
    }
}

/// A store behind a network that can be cut.
struct Distant {
    place: Place,
    proxy: Proxy,
}

#[async_trait]
impl ProbeHarness for Distant {
    async fn probe(&self) -> Arc<dyn Probe> {
        let store = self
            .place
            .unprepared(&self.place.database.through(&self.proxy.address()), PostgresOptions::default());
        store.prepare().await.expect("a prepared store");
        Arc::new(store)
    }

    async fn cut(&self) {
        self.proxy.set(Mode::Refuse);
    }

    async fn restore(&self) {
        self.proxy.set(Mode::Pass);
    }
}

async fn distant() -> Distant {
    let place = Place::new().await;
    let proxy = Proxy::start(&place.database.address).await;
    Distant { place, proxy }
}

hexad_contract::users!(Place::new);
hexad_contract::adopted_users!(Place::new);
hexad_contract::sessions!(Place::new);
hexad_contract::events!(Place::new);
hexad_contract::probe!(distant);

mod adopted_text_ids {
    use crate::support::Place;

    async fn text() -> Place {
        Place::adopted("TEXT").await
    }

    hexad_contract::adopted_ids!(text);
}

mod adopted_varchar_ids {
    use crate::support::Place;

    async fn varchar() -> Place {
        Place::adopted("VARCHAR(36)").await
    }

    hexad_contract::users!(varchar);
    hexad_contract::adopted_users!(varchar);
}

mod adopted_char_ids {
    use crate::support::Place;

    async fn char() -> Place {
        Place::adopted("CHAR(36)").await
    }

    hexad_contract::users!(char);
    hexad_contract::adopted_users!(char);
}
