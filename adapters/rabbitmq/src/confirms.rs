//! Publishing messages, each of which the broker confirms.

use crate::{
    connection::{OpenChannel, Wire},
    failure::Failure,
};
use futures_util::future::{maybe_done, poll_immediate};
use lapin::{
    BasicProperties, Confirmation,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::ShortString,
};
use std::sync::Arc;

/// A message on its way out.
pub(crate) struct Letter {
    pub(crate) exchange: ShortString,
    pub(crate) routing_key: ShortString,
    /// Whether the broker gives it back where no queue takes it.
    pub(crate) mandatory: bool,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Vec<u8>,
}

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The broker has taken it and will not lose it.
    Taken,
    /// The broker could not take it.
    Refused,
    /// No queue took it.
    Returned(String),
}

/// A channel in confirm mode.
pub(crate) struct ConfirmChannel {
    wire: Arc<Wire>,
    channel: OpenChannel,
}

impl ConfirmChannel {
    pub(crate) async fn open(wire: Arc<Wire>) -> Result<Self, Failure> {
        let channel = wire.channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(ConfirmChannel { wire, channel })
    }

    /// Whether it can be used, and is one of that connection.
    pub(crate) fn serves(&self, wire: &Arc<Wire>) -> bool {
        Arc::ptr_eq(&self.wire, wire) && self.channel.status().connected()
    }

    /// Publishes the letters in their order, all of them before the first confirm is waited for, and tells what became
    /// of each. The channel must not be used again where this fails or is dropped: what was sent may still be
    /// confirmed or returned, and would be taken for something of later.
    pub(crate) async fn publish(&self, letters: &[Letter]) -> Result<Vec<Fate>, Failure> {
        let mut sending = Vec::with_capacity(letters.len());
        for letter in letters {
            let options =
                BasicPublishOptions { mandatory: letter.mandatory, ..BasicPublishOptions::default() };
            let mut publish = Box::pin(maybe_done(self.channel.basic_publish(
                letter.exchange.clone(),
                letter.routing_key.clone(),
                options,
                &letter.body,
                letter.properties.clone(),
            )));
            // The first poll puts it in line, before the next letter's.
            let _ = poll_immediate(&mut publish).await;
            sending.push(publish);
        }
        let mut confirms = Vec::with_capacity(letters.len());
        for mut publish in sending {
            publish.as_mut().await;
            confirms.push(publish.as_mut().take_output());
        }
        let mut taken = Vec::with_capacity(letters.len());
        let mut returned = Vec::new();
        for confirm in confirms {
            let confirmation =
                confirm.ok_or_else(|| Failure::away("a publication without an outcome"))??.await?;
            taken.push(confirmation.is_ack());
            if let Confirmation::Ack(Some(message)) | Confirmation::Nack(Some(message)) = confirmation {
                returned.push(message);
            }
        }
        Ok(fates(
            letters,
            &taken,
            returned.iter().map(|message| {
                let why = format!("{} {}", message.reply_code, message.reply_text);
                (message.delivery.properties.message_id().as_ref().map(ShortString::as_str), why)
            }),
        ))
    }
}

/// The driver hands a returned message to whichever confirm is resolved next: whose it is, its message id says.
/// One without an id may be any of those that have none either.
fn fates<'a>(
    letters: &[Letter],
    taken: &[bool],
    returned: impl Iterator<Item = (Option<&'a str>, String)>,
) -> Vec<Fate> {
    let mut fates: Vec<Fate> =
        taken.iter().map(|taken| if *taken { Fate::Taken } else { Fate::Refused }).collect();
    for (id, why) in returned {
        for (letter, fate) in letters.iter().zip(&mut fates) {
            if letter.properties.message_id().as_ref().map(ShortString::as_str) == id {
                *fate = Fate::Returned(why.clone());
            }
        }
    }
    fates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(id: Option<&str>) -> Letter {
        let properties = BasicProperties::default();
        Letter {
            exchange: "e".into(),
            routing_key: "k".into(),
            mandatory: true,
            properties: match id {
                Some(id) => properties.with_message_id(id.into()),
                None => properties,
            },
            body: Vec::new(),
        }
    }

    #[test]
    fn a_returned_message_is_its_own_and_not_that_of_the_confirm_it_came_with() {
        let letters = [letter(Some("a")), letter(Some("b")), letter(None), letter(Some("c"))];
        let returned = [(Some("c"), "312 NO_ROUTE".to_owned()), (None, "312 NO_ROUTE".to_owned())];
        let gone = Fate::Returned("312 NO_ROUTE".to_owned());
        assert_eq!(
            fates(&letters, &[true, false, true, true], returned.into_iter()),
            [Fate::Taken, Fate::Refused, gone.clone(), gone]
        );
    }
}
