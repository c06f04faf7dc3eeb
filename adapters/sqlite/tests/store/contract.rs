//! What the ports promise, held to the store. Each call for a store opens the file anew, as another process does.

use crate::support::{self, Place};
use hexad_contract::{
    AdoptedUsersHarness, EventsHarness, OpenSourceHarness, ProbeHarness, SessionsHarness, SourceHarness,
    UsersHarness,
};
use hexad_ports::{
    EventLog, EventSource, Outbox, Probe, SessionStore, UserStore, async_trait,
    domain::{Area, Event, User},
};
use std::{sync::Arc, time::Duration};

async fn place() -> Place {
    Place::new()
}

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
        // The table is there once a store has been opened.
        Place::store(self).await;
        sqlx::query(
            r#"INSERT INTO "user" (id, username, password, first_name, last_name, dni, email, city)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"#,
        )
        .bind(user.id.as_str())
        .bind(user.username.as_str())
        .bind(user.password.expose())
        .bind(user.first_name.as_str())
        .bind(user.last_name.as_str())
        .bind(user.dni.as_str())
        .bind(user.email.as_str())
        .bind(user.city.as_str())
        .execute(&mut self.behind().await)
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

    async fn pass(&self, time: Duration) {
        self.clock.pass(time);
    }
}

#[async_trait]
impl SourceHarness for Place {
    async fn source(&self) -> Arc<dyn EventSource> {
        Arc::new(Place::store(self).await.event_source("consumer", &Area::ALL))
    }

    async fn tell(&self, events: &[Event]) {
        Place::store(self).await.append(events).await.expect("an append");
    }

    async fn kept_aside(&self) -> usize {
        self.count("SELECT count(*) FROM dead_event").await.try_into().unwrap()
    }
}

impl Place {
    async fn tell_body(&self, body: &str) {
        Place::store(self).await;
        sqlx::query("INSERT INTO event (id, area, subject, at, body) VALUES (?1, 'auth', 'ada', 0, ?2)")
            .bind(support::distinct::<16>().to_vec())
            .bind(body)
            .execute(&mut self.behind().await)
            .await
            .expect("a row");
    }
}

#[async_trait]
impl OpenSourceHarness for Place {
    async fn tell_foreign(&self, name: &str) {
        self.tell_body(&format!(r#"{{"event":"{name}","data":{{}},"timestamp":"2026-11-22T18:56:51Z"}}"#))
            .await;
    }

    async fn tell_nonsense(&self) {
        self.tell_body("\u{1f480}{").await;
    }
}

#[async_trait]
impl ProbeHarness for Place {
    async fn probe(&self) -> Arc<dyn Probe> {
        Arc::new(Place::store(self).await)
    }

    async fn cut(&self) {
        std::fs::rename(self.path(), self.path().with_extension("away")).unwrap();
    }

    async fn restore(&self) {
        std::fs::rename(self.path().with_extension("away"), self.path()).unwrap();
    }
}

hexad_contract::users!(place);
hexad_contract::adopted_users!(place);
hexad_contract::adopted_ids!(place);
hexad_contract::sessions!(place);
hexad_contract::events!(place);
hexad_contract::source!(place);
hexad_contract::open_source!(place);
hexad_contract::probe!(place);
