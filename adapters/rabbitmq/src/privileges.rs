//! Trying, while a part is prepared, what only its work would show otherwise: whether it may do that at all.

use crate::{
    connection::Wire,
    declare::short,
    failure::{Failure, code, reply},
};
use hexad_ports::Concern;
use lapin::{
    BasicProperties,
    options::{
        BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, ExchangeBindOptions,
        ExchangeUnbindOptions,
    },
    types::FieldTable,
};

/// A routing key, and the name of a queue, that nobody has.
const NOBODY: &str = "hexad.nobody-has-this";

/// Whether the exchange may be published to. Publishing would show it to whoever reads everything; binding needs the
/// same privilege (and reading, which binding the queues needs too), and a binding by this key leads nowhere.
pub(crate) async fn publish(wire: &Wire, exchange: &str) -> Result<(), Failure> {
    let exchange = short(exchange, "exchange")?;
    let channel = wire.channel().await?;
    let (bind, unbind) = (ExchangeBindOptions::default(), ExchangeUnbindOptions::default());
    let (none, key) = (FieldTable::default, || NOBODY.into());
    let bound = channel.exchange_bind(exchange.clone(), exchange.clone(), key(), bind, none()).await;
    bound.map_err(|error| refused(error, "events may not be published"))?;
    channel.exchange_unbind(exchange.clone(), exchange, key(), unbind, none()).await?;
    Ok(())
}

/// Whether the queue may be consumed from. What is delivered meanwhile goes back to its place with the channel.
pub(crate) async fn consume(wire: &Wire, queue: &str) -> Result<(), Failure> {
    let channel = wire.channel().await?;
    channel.basic_qos(1, BasicQosOptions::default()).await?;
    let options = BasicConsumeOptions::default();
    let consumer =
        channel.basic_consume(short(queue, "queue")?, "".into(), options, FieldTable::default()).await;
    let consumer =
        consumer.map_err(|error| refused(error, &format!("the queue {queue:?} may not be read")))?;
    let mut channel = channel;
    channel.end(consumer);
    Ok(())
}

/// Whether a message may be put into a queue by the queue's name, as those are that can never be applied.
pub(crate) async fn put_aside(wire: &Wire) -> Result<(), Failure> {
    let channel = wire.channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let options = BasicPublishOptions::default();
    let published =
        channel.basic_publish("".into(), NOBODY.into(), options, b"", BasicProperties::default()).await;
    let confirmed = match published {
        Ok(confirm) => confirm.await,
        Err(error) => Err(error),
    };
    confirmed.map(drop).map_err(|error| refused(error, "what can never be applied may not be put aside"))
}

fn refused(error: lapin::Error, what: &str) -> Failure {
    match reply(&error) {
        Some((code::ACCESS_REFUSED, text)) => Failure::mistake(Concern::Privilege, format!("{what}: {text}")),
        _ => error.into(),
    }
}
