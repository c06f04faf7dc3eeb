//! The servers by themselves, without a line of Hexad: what they confirm, and then lose when they are killed.
//!
//! A loss that shows here is the server's own. Each is written to as the adapters write: rows in transactions,
//! persistent messages with confirms into a durable queue, updates with the write concern `majority` and `j`.

use crate::{stores::Away, system::Servers};
use futures_util::TryStreamExt;
use lapin::{
    BasicProperties, Confirmation, Connection, ConnectionProperties, ErrorKind,
    options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions},
    protocol::{AMQPErrorKind, AMQPSoftError},
    types::FieldTable,
};
use mongodb::{
    Client,
    bson::{Document, doc},
    options::{Acknowledgment, WriteConcern},
};
use sqlx::PgPool;
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// How many write at once.
const WRITERS: usize = 16;

/// How many confirmed writes there are before the server is killed: from, and so many more at the most.
const CONFIRMED: (u64, u64) = (200, 400);

/// How long a write may wait for its answer: it never comes from a server that was killed.
const PATIENCE: Duration = Duration::from_secs(5);

const NOT_FOUND: AMQPErrorKind = AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND);

/// A durable queue, declared moments before the broker is killed: it may forget the queue with all that is in it.
const QUEUE: &str = "hexad-faults.bare";

/// What became of the writes to a server that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The server.
    pub server: &'static str,
    /// How many writes it had confirmed.
    pub confirmed: usize,
    /// Those of them that are gone.
    pub lost: Vec<i64>,
}

/// Writes to each server, kills it in the middle, starts it again and reads back.
///
/// # Errors
/// Where a server does not do as it is told.
pub async fn round(servers: &Servers, choice: &mut fastrand::Rng) -> Result<Vec<Loss>, Away> {
    let postgres = PgPool::connect(&hexad_stage::postgres().await.url).await?;
    sqlx::raw_sql("CREATE TABLE bare (id BIGINT PRIMARY KEY)").execute(&postgres).await?;
    let rows = async |id: i64| -> Result<(), Away> {
        sqlx::query("INSERT INTO bare VALUES ($1)").bind(id).execute(&postgres).await?;
        Ok(())
    };
    let confirmed = write_and_kill(servers, "postgres", choice, rows).await;
    let there: HashSet<i64> =
        sqlx::query_scalar("SELECT id FROM bare").fetch_all(&postgres).await?.into_iter().collect();
    let mut losses = vec![loss("postgres", confirmed, &there)];

    let mongo = hexad_stage::mongo();
    let documents =
        Client::with_uri_str(&mongo.uri).await?.database(&mongo.name).collection::<Document>("bare");
    let concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    let inserts = async |id: i64| -> Result<(), Away> {
        documents.insert_one(doc! { "_id": id }).write_concern(concern.clone()).await?;
        Ok(())
    };
    let confirmed = write_and_kill(servers, "mongo", choice, inserts).await;
    let found: Vec<Document> = documents.find(doc! {}).await?.try_collect().await?;
    let there = found.iter().filter_map(|document| document.get_i64("_id").ok()).collect();
    losses.push(loss("mongo", confirmed, &there));

    let amqp = hexad_stage::rabbitmq().await.url;
    let connection = Connection::connect(&amqp, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel.queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), FieldTable::default()).await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let messages = async |id: i64| -> Result<(), Away> {
        let persistent = BasicProperties::default().with_delivery_mode(2);
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let (body, queue) = (id.to_string(), QUEUE.into());
        let confirm = channel.basic_publish("".into(), queue, options, body.as_bytes(), persistent).await?;
        match confirm.await? {
            Confirmation::Ack(None) => Ok(()),
            other => Err(format!("{other:?}").into()),
        }
    };
    let confirmed = write_and_kill(servers, "rabbitmq", choice, messages).await;
    losses.push(loss("rabbitmq", confirmed, &left(&amqp).await?));
    Ok(losses)
}

/// The messages that are left in the queue.
async fn left(amqp: &str) -> Result<HashSet<i64>, Away> {
    let connection = Connection::connect(amqp, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let mut there = HashSet::new();
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    if let Err(error) = channel.queue_declare(QUEUE.into(), passive, FieldTable::default()).await {
        // A queue that is gone has nothing left. Anything else is no answer.
        let gone = matches!(error.kind(), ErrorKind::ProtocolError(error) if *error.kind() == NOT_FOUND);
        return if gone { Ok(there) } else { Err(error.into()) };
    }
    while let Some(message) = channel.basic_get(QUEUE.into(), BasicGetOptions { no_ack: true }).await? {
        there.insert(std::str::from_utf8(&message.data)?.parse()?);
    }
    Ok(there)
}

/// Writes until the server is killed, and starts it again; answers what was confirmed.
async fn write_and_kill(
    servers: &Servers,
    server: &'static str,
    choice: &mut fastrand::Rng,
    write: impl AsyncFn(i64) -> Result<(), Away>,
) -> Vec<i64> {
    let (next, confirmed) = (Arc::new(AtomicI64::new(1)), Arc::new(AtomicU64::new(0)));
    let writer = async || {
        let mut own = Vec::new();
        loop {
            let id = next.fetch_add(1, Ordering::Relaxed);
            // The first that fails is the end: the server is gone.
            if !matches!(timeout(PATIENCE, write(id)).await, Ok(Ok(()))) {
                return own;
            }
            own.push(id);
            confirmed.fetch_add(1, Ordering::Relaxed);
        }
    };
    let goal = CONFIRMED.0 + choice.u64(0..CONFIRMED.1);
    let kill = async {
        while confirmed.load(Ordering::Relaxed) < goal {
            sleep(Duration::from_millis(1)).await;
        }
        servers.kill(server).await;
    };
    let writers = futures_util::future::join_all((0..WRITERS).map(|_| writer()));
    let (all, ()) = tokio::join!(writers, kill);
    servers.start(&[server]).await;
    all.concat()
}

fn loss(server: &'static str, confirmed: Vec<i64>, there: &HashSet<i64>) -> Loss {
    let lost = confirmed.iter().copied().filter(|id| !there.contains(id)).collect();
    Loss { server, confirmed: confirmed.len(), lost }
}
