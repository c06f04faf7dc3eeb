//! Each port, faulty.

use super::{Fault, Faults, Faulty, planned};
use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use hexad_domain::{
    Area, Claims, Event, EventId, Field, Password, PasswordHash, SessionChange, SessionId, SessionRecord,
    Timestamp, User, UserId,
    image::{ImageFormat, ImageName},
};
use hexad_ports::{
    ByteStream, Claim, Delivery, DeliveryTag, EventLog, EventSource, Expected, HashError, ImageContent,
    ImageMeta, ImageStore, Outbox, Outgoing, PasswordHasher, Probe, Publication, Publisher, Revision,
    SaveSession, SaveUser, Sealed, SessionStore, Settlement, StagedImage, Stored, TokenError, Tokens,
    Unavailable, UserChange, UserKey, UserStore, Verdict,
};
use std::{
    error::Error,
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

#[async_trait]
impl<P: UserStore + ?Sized> UserStore for Faulty<P> {
    async fn load(&self, key: UserKey<'_>) -> Result<Option<(User, Revision)>, Unavailable> {
        self.faults.call("load", self.inside.load(key), planned).await
    }

    async fn taken(&self, username: &str, dni: &str, email: &str) -> Result<Vec<Field>, Unavailable> {
        self.faults.call("taken", self.inside.taken(username, dni, email), planned).await
    }

    async fn save(
        &self,
        id: &UserId,
        expected: Expected,
        change: UserChange,
        events: &[Event],
    ) -> Result<SaveUser, Unavailable> {
        self.faults.call("save", self.inside.save(id, expected, change, events), planned).await
    }
}

#[async_trait]
impl<P: SessionStore + ?Sized> SessionStore for Faulty<P> {
    fn new_id(&self) -> SessionId {
        self.inside.new_id()
    }

    async fn load(&self, user: &UserId) -> Result<Option<(SessionRecord, Revision)>, Unavailable> {
        self.faults.call("load", self.inside.load(user), planned).await
    }

    async fn save(
        &self,
        user: &UserId,
        expected: Expected,
        change: &SessionChange,
        cause: Option<EventId>,
        events: &[Event],
    ) -> Result<SaveSession, Unavailable> {
        self.faults.call("save", self.inside.save(user, expected, change, cause, events), planned).await
    }
}

#[async_trait]
impl<P: EventLog + ?Sized> EventLog for Faulty<P> {
    async fn append(&self, events: &[Event]) -> Result<(), Unavailable> {
        self.faults.call("append", self.inside.append(events), planned).await
    }
}

#[async_trait]
impl<P: Outbox + ?Sized> Outbox for Faulty<P> {
    async fn claim(&self, area: Area, limit: usize, lease: Duration) -> Result<Claim, Unavailable> {
        self.faults.call("claim", self.inside.claim(area, limit, lease), planned).await
    }

    async fn settle(&self, area: Area, claim: &Claim, sent: &[EventId]) -> Result<(), Unavailable> {
        self.faults.call("settle", self.inside.settle(area, claim, sent), planned).await
    }

    async fn wait(&self, area: Area) {
        let waited = async {
            self.inside.wait(area).await;
            Ok(())
        };
        // Whatever the plan, a wait is over.
        let _: Result<(), Unavailable> = self.faults.call("wait", waited, planned).await;
    }
}

#[async_trait]
impl<P: Publisher + ?Sized> Publisher for Faulty<P> {
    async fn publish(&self, events: &[Outgoing]) -> Vec<Publication> {
        let published = async { Ok(self.inside.publish(events).await) };
        let answers: Result<_, Unavailable> = self.faults.call("publish", published, planned).await;
        answers.unwrap_or_else(|_| events.iter().map(|_| Publication::Failed(planned())).collect())
    }
}

#[async_trait]
impl<P: EventSource + ?Sized> EventSource for Faulty<P> {
    async fn receive(&self, limit: usize) -> Result<Vec<Delivery>, Unavailable> {
        self.faults.call("receive", self.inside.receive(limit), planned).await
    }

    async fn settle(&self, tag: &DeliveryTag, settlement: Settlement) -> Result<(), Unavailable> {
        self.faults.pass("settle").await;
        match self.faults.draw("settle") {
            None => self.inside.settle(tag, settlement).await,
            // A source delivers again what it could not settle.
            Some(Fault::BeforeEffect) => {
                self.inside.settle(tag, Settlement::Retry).await?;
                Err(planned())
            }
            Some(Fault::AfterEffect) => {
                self.inside.settle(tag, settlement).await?;
                Err(planned())
            }
        }
    }
}

#[async_trait]
impl<P: PasswordHasher + ?Sized> PasswordHasher for Faulty<P> {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        self.faults.call("hash", self.inside.hash(password), busy).await
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, HashError> {
        self.faults.call("verify", self.inside.verify(password, stored), busy).await
    }
}

fn busy() -> HashError {
    HashError::Busy { retry_after: Duration::from_secs(1) }
}

/// It cannot wait, as its methods are not async, and it cannot but sign.
impl<P: Tokens + ?Sized> Tokens for Faulty<P> {
    fn sign(&self, claims: &Claims) -> String {
        self.inside.sign(claims)
    }

    fn read(&self, token: &str) -> Result<Claims, TokenError> {
        match self.faults.draw("read") {
            None => self.inside.read(token),
            Some(_) => Err(TokenError::Invalid),
        }
    }
}

#[async_trait]
impl<P: Probe + ?Sized> Probe for Faulty<P> {
    async fn check(&self) -> Result<Timestamp, Unavailable> {
        self.faults.call("check", self.inside.check(), planned).await
    }
}

#[async_trait]
impl<P: ImageStore + ?Sized> ImageStore for Faulty<P> {
    async fn stage(&self) -> Result<Box<dyn StagedImage>, Unavailable> {
        let staged = self.faults.call("stage", self.inside.stage(), planned).await?;
        Ok(Box::new(FaultyStage { inside: staged, faults: self.faults.clone() }))
    }

    async fn head(&self, name: &ImageName) -> Result<Option<ImageMeta>, Unavailable> {
        self.faults.call("head", self.inside.head(name), planned).await
    }

    async fn read(
        &self,
        name: &ImageName,
        range: Option<Range<u64>>,
    ) -> Result<Option<ImageContent>, Unavailable> {
        let content = self.faults.call("read", self.inside.read(name, range), planned).await?;
        Ok(content.map(|ImageContent { meta, range, bytes }| {
            let bytes = Box::pin(FaultyBytes { inside: bytes, faults: self.faults.clone() });
            ImageContent { meta, range, bytes }
        }))
    }

    async fn list(&self, after: Option<&ImageName>, limit: usize) -> Result<Vec<ImageName>, Unavailable> {
        self.faults.call("list", self.inside.list(after, limit), planned).await
    }
}

struct FaultyStage {
    inside: Box<dyn StagedImage>,
    faults: Faults,
}

#[async_trait]
impl StagedImage for FaultyStage {
    async fn write(&mut self, chunk: Bytes) -> Result<(), Unavailable> {
        self.faults.call("write", self.inside.write(chunk), planned).await
    }

    async fn seal(&mut self) -> Result<Sealed, Unavailable> {
        self.faults.call("seal", self.inside.seal(), planned).await
    }

    async fn publish(&mut self, name: &ImageName, format: ImageFormat) -> Result<Stored, Unavailable> {
        self.faults.call("publish", self.inside.publish(name, format), planned).await
    }
}

/// A stream that breaks: before a piece that is to fail, or after it (which is lost all the same).
struct FaultyBytes {
    inside: ByteStream,
    faults: Faults,
}

impl Stream for FaultyBytes {
    type Item = Result<Bytes, Box<dyn Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.faults.draw("bytes") {
            None => self.inside.as_mut().poll_next(context),
            Some(Fault::BeforeEffect | Fault::AfterEffect) => Poll::Ready(Some(Err(planned().into()))),
        }
    }
}
