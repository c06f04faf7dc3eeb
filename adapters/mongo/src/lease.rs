//! Leases of the relays. The events of an area are in parts, by their subjects; a relay works on one part at a time,
//! and is the only one that does. All go by the server's clock: theirs may differ by more than a lease lasts.

use crate::{
    MongoStore,
    document::moment,
    failure::{Failure, is_duplicate_key},
    store::date,
};
use futures_util::TryStreamExt;
use hexad_ports::domain::{Area, Event, Timestamp};
use mongodb::bson::{Document, doc};
use std::time::Duration;

/// How many parts an area has: the most relays that can work on it side by side.
pub(crate) const PARTS: u64 = 8;

/// A part of an area that no relay holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FreePart {
    pub(crate) part: u64,
    /// The number of its last lease.
    last: Option<i64>,
}

/// A part of an area, held by one relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) area: Area,
    pub(crate) part: u64,
    /// Rises with each lease of the part.
    pub(crate) number: u64,
}

impl Lease {
    /// Names the part and the lease in one number.
    pub(crate) const fn fence(&self) -> u64 {
        self.number.saturating_mul(PARTS).saturating_add(self.part)
    }

    pub(crate) const fn of_fence(area: Area, fence: u64) -> Self {
        Lease { area, part: fence % PARTS, number: fence / PARTS }
    }

    pub(crate) fn key(&self) -> String {
        key(self.area, self.part)
    }

    fn id(&self) -> String {
        id(self.area, self.part)
    }

    fn number(&self) -> i64 {
        i64::try_from(self.number).unwrap_or(i64::MAX)
    }
}

/// Under this the events of a part are found.
pub(crate) fn key(area: Area, part: u64) -> String {
    format!("{}/{part:02}", area.name())
}

/// The part that an event belongs to. It is stored with the event: never to be changed.
pub(crate) fn key_of(event: &Event) -> String {
    key(event.kind.area(), fnv1a(event.subject.as_bytes()) % PARTS)
}

fn id(area: Area, part: u64) -> String {
    format!("relay {}", key(area, part))
}

/// FNV-1a, 64 bits: the same for ever, on every machine.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl MongoStore {
    /// The parts of the area that no relay holds now.
    pub(crate) async fn free_parts(&self, area: Area) -> Result<Vec<FreePart>, Failure> {
        let now = self.server_now().await?;
        let ids: Vec<String> = (0..PARTS).map(|part| id(area, part)).collect();
        let leases = self.collections()?.service.find(doc! { "_id": { "$in": ids } });
        let leases: Vec<Document> = leases.await?.try_collect().await?;
        let lease_of = |part| {
            leases.iter().find(|lease| lease.get_str("_id").is_ok_and(|found| found == id(area, part)))
        };
        let is_held = |lease: &Document| lease.get("until").and_then(moment).is_some_and(|until| until > now);
        Ok((0..PARTS)
            .map(|part| (part, lease_of(part)))
            .filter(|(_, lease)| !lease.is_some_and(is_held))
            .map(|(part, lease)| FreePart {
                part,
                last: lease.and_then(|lease| lease.get_i64("number").ok()),
            })
            .collect())
    }

    /// Takes the part, unless another relay was quicker.
    pub(crate) async fn take(
        &self,
        area: Area,
        free: &FreePart,
        time: Duration,
    ) -> Result<Option<Lease>, Failure> {
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let number = free.last.unwrap_or_default().saturating_add(1);
        let taken = self
            .collections()?
            .service
            .update_one(
                // It rises with each lease, so nobody has taken the part since. `null` finds none too.
                doc! { "_id": id(area, free.part), "number": free.last },
                vec![doc! { "$set": { "number": number, "until": { "$add": ["$$NOW", time] } } }],
            )
            // Where another was quicker, the insert that this becomes finds the document there.
            .upsert(true)
            .await;
        match taken {
            Ok(_) => Ok(u64::try_from(number).ok().map(|number| Lease { area, part: free.part, number })),
            Err(error) if is_duplicate_key(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether no other relay has taken the part since.
    pub(crate) async fn holds(&self, lease: &Lease) -> Result<bool, Failure> {
        let this = doc! { "_id": lease.id(), "number": lease.number() };
        Ok(self.collections()?.service.find_one(this).await?.is_some())
    }

    /// Gives the part back, where it is still held.
    pub(crate) async fn give_back(&self, lease: &Lease) -> Result<(), Failure> {
        let this = doc! { "_id": lease.id(), "number": lease.number() };
        let free = doc! { "$set": { "until": date(Timestamp::MIN) } };
        self.collections()?.service.update_one(this, free).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_names_the_part_and_rises() {
        let lease = Lease { area: Area::Session, part: 7, number: 7 };
        assert_eq!(Lease::of_fence(Area::Session, lease.fence()), lease);
        let next = Lease { number: 8, part: 0, ..lease.clone() };
        assert!(next.fence() > lease.fence());
    }

    /// The published test vectors of FNV-1a: what is stored must be found by every later program.
    #[test]
    fn the_hash_is_fnv1a() {
        for (text, hash) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(fnv1a(text.as_bytes()), hash);
        }
    }
}
