//! Finding in the broker what we need there, and making what is missing.

use crate::{
    Queue,
    connection::{OpenChannel, Wire},
    failure::{Failure, code, reply},
};
use hexad_ports::Concern;
use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};

/// The most bytes of a name (a short string of AMQP 0-9-1).
const LONGEST_NAME: usize = 255;

/// Declares over one connection. The broker closes a channel on which something could not be declared, so the next
/// step may begin with a new one.
pub(crate) struct Declaring<'a> {
    wire: &'a Wire,
    channel: Option<OpenChannel>,
}

impl<'a> Declaring<'a> {
    pub(crate) fn on(wire: &'a Wire) -> Self {
        Declaring { wire, channel: None }
    }

    async fn channel(&mut self) -> Result<Channel, Failure> {
        if let Some(channel) = self.channel.as_ref().filter(|channel| channel.status().connected()) {
            return Ok(Channel::clone(channel));
        }
        Ok(Channel::clone(self.channel.insert(self.wire.channel().await?)))
    }

    /// Sees to it that the exchange is there.
    pub(crate) async fn exchange(&mut self, name: &str) -> Result<(), Failure> {
        let short = short(name, "exchange")?;
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let declare = async |channel: Channel, options| {
            channel.exchange_declare(short.clone(), ExchangeKind::Topic, options, FieldTable::default()).await
        };
        let Err(error) = declare(self.channel().await?, options).await else { return Ok(()) };
        match reply(&error) {
            Some((code::PRECONDITION_FAILED, text)) if text.contains("'type'") => Err(Failure::mistake(
                Concern::Content,
                format!("the exchange {name:?} is there, but it is no topic exchange: {text}"),
            )),
            // Of the right type with other arguments: used as it is.
            Some((code::PRECONDITION_FAILED, _)) => Ok(()),
            Some((code::ACCESS_REFUSED, text)) => {
                let passive = ExchangeDeclareOptions { passive: true, ..options };
                match declare(self.channel().await?, passive).await {
                    Ok(()) => Ok(()),
                    Err(_) => Err(Failure::mistake(
                        Concern::Privilege,
                        format!("the exchange {name:?} is missing, and may not be declared: {text}"),
                    )),
                }
            }
            _ => Err(error.into()),
        }
    }

    /// Sees to it that the queue is there and bound to the exchange.
    pub(crate) async fn queue(&mut self, exchange: &str, queue: &Queue) -> Result<(), Failure> {
        let name = short(&queue.name, "queue")?;
        if !self.exists(&name).await? {
            self.make(&name, queue.single_active_consumer).await?;
        }
        for topic in &queue.topics {
            let (exchange, topic) = (short(exchange, "exchange")?, short(topic, "topic")?);
            let bound = self
                .channel()
                .await?
                .queue_bind(name.clone(), exchange, topic, QueueBindOptions::default(), FieldTable::default())
                .await;
            if let Err(error) = bound {
                return Err(match reply(&error) {
                    Some((code::ACCESS_REFUSED, text)) => Failure::mistake(
                        Concern::Privilege,
                        format!("the queue {name:?} may not be bound: {text}", name = queue.name),
                    ),
                    _ => error.into(),
                });
            }
        }
        Ok(())
    }

    async fn exists(&mut self, name: &ShortString) -> Result<bool, Failure> {
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let looked = self.channel().await?.queue_declare(name.clone(), passive, FieldTable::default()).await;
        let Err(error) = looked else { return Ok(true) };
        match reply(&error) {
            Some((code::NOT_FOUND, _)) => Ok(false),
            Some((code::RESOURCE_LOCKED, text)) => Err(Failure::mistake(
                Concern::Content,
                format!("the queue {name:?} is another connection's alone: {text}", name = name.as_str()),
            )),
            Some((code::ACCESS_REFUSED, text)) => {
                Err(Failure::mistake(Concern::Privilege, format!("the queue may not be looked at: {text}")))
            }
            _ => Err(error.into()),
        }
    }

    async fn make(&mut self, name: &ShortString, single_active_consumer: bool) -> Result<(), Failure> {
        let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        let mut arguments = FieldTable::default();
        if single_active_consumer {
            arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
        }
        let made = self.channel().await?.queue_declare(name.clone(), durable, arguments).await;
        let Err(error) = made else { return Ok(()) };
        match reply(&error) {
            // Somebody else made it meanwhile, with other arguments: used as it is.
            Some((code::PRECONDITION_FAILED, _)) => Ok(()),
            Some((code::ACCESS_REFUSED, text)) => Err(Failure::mistake(
                Concern::Privilege,
                format!(
                    "the queue {name:?} is missing, and may not be declared: {text}",
                    name = name.as_str()
                ),
            )),
            _ => Err(error.into()),
        }
    }
}

/// The name of an exchange or a queue, or a topic. The empty name is no name: it means the default exchange, or a
/// queue of the broker's choice.
pub(crate) fn short(name: &str, what: &str) -> Result<ShortString, Failure> {
    match ShortString::try_new(name) {
        Ok(short) if !name.is_empty() => Ok(short),
        _ => Err(Failure::mistake(
            Concern::Name,
            format!("the name of the {what} has {} bytes: it must have 1 to {LONGEST_NAME}", name.len()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_bounds() {
        assert!(short(&"q".repeat(255), "queue").is_ok());
        for bad in [String::new(), "q".repeat(256)] {
            assert!(
                matches!(short(&bad, "queue"), Err(Failure::Mistake(mistake)) if mistake.about == Concern::Name)
            );
        }
    }
}
