//! Leases of the relays. The events of an area are in parts, by their subjects; a relay works on one part at a time,
//! and is the only one that does.

use crate::{
    MongoStore,
    failure::{Failure, is_duplicate_key},
    store::date,
};
use futures_util::TryStreamExt;
use hexad_ports::domain::{Area, Event, Timestamp};
use mongodb::{
    bson::{Document, doc},
    options::ReturnDocument,
};
use std::{collections::HashSet, time::Duration};

/// How many parts an area has: the most relays that can work on it side by side.
pub(crate) const PARTS: u64 = 8;

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
    pub(crate) async fn free_parts(&self, area: Area) -> Result<Vec<u64>, Failure> {
        let ids: Vec<String> = (0..PARTS).map(|part| id(area, part)).collect();
        let held = doc! { "_id": { "$in": ids }, "until": { "$gt": date(self.now()) } };
        let held: Vec<Document> = self.collections()?.service.find(held).await?.try_collect().await?;
        let held: HashSet<&str> = held.iter().filter_map(|lease| lease.get_str("_id").ok()).collect();
        Ok((0..PARTS).filter(|part| !held.contains(id(area, *part).as_str())).collect())
    }

    /// Takes the part, unless another relay was quicker.
    pub(crate) async fn take(&self, area: Area, part: u64, time: Duration) -> Result<Option<Lease>, Failure> {
        let now = self.now();
        let taken = self
            .collections()?
            .service
            .find_one_and_update(
                doc! { "_id": id(area, part), "until": { "$lte": date(now) } },
                doc! { "$inc": { "number": 1_i64 }, "$set": { "until": date(now.saturating_add(time)) } },
            )
            // Where it is held, the insert that this becomes finds the document there.
            .upsert(true)
            .return_document(ReturnDocument::After)
            .await;
        match taken {
            Ok(lease) => Ok(lease
                .and_then(|lease| lease.get_i64("number").ok())
                .and_then(|number| u64::try_from(number).ok())
                .map(|number| Lease { area, part, number })),
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
