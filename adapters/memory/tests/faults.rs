//! Ports that fail and wait when told to.
#![allow(clippy::unwrap_used, clippy::panic)]

use hexad_memory::{
    Fault, Faults, Faulty, ManualClock, Memory, MemoryImages, OpaqueTokens, SeededRandom, UnprotectedHasher,
};
use hexad_ports::{
    Bytes, EventLog, HashError, ImageStore, Outbox, PasswordHasher, Random, Tokens, Verdict,
    domain::{
        Area, Claims, Event, EventId, EventKind, Password, Timestamp, UserId, Username,
        image::{ImageFormat, ImageName},
    },
};
use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH))
}

fn faulty_store() -> (Faulty<Memory>, Faults) {
    let faults = Faults::default();
    let store = Arc::new(Memory::new(clock(), Arc::new(SeededRandom::new(1))));
    (Faulty::new(store, &faults), faults)
}

fn event(number: u8) -> Event {
    Event {
        id: EventId::new(Timestamp::UNIX_EPOCH, [number; 10]),
        at: Timestamp::UNIX_EPOCH,
        subject: "ada".to_owned(),
        kind: EventKind::TestEvent { msg: number.to_string() },
    }
}

async fn stored(store: &Faulty<Memory>) -> usize {
    store.claim(Area::Auth, 100, Duration::ZERO).await.unwrap().events.len()
}

fn is_pending(future: impl Future) -> bool {
    pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[test]
fn before_the_effect_nothing_is_stored_and_after_it_everything() {
    pollster::block_on(async {
        let (store, faults) = faulty_store();
        faults.next("append", 1, Fault::BeforeEffect);
        faults.next("append", 1, Fault::AfterEffect);
        assert!(store.append(&[event(1)]).await.is_err());
        assert_eq!(stored(&store).await, 0);
        assert!(store.append(&[event(2)]).await.is_err());
        assert_eq!(stored(&store).await, 1);
        assert!(store.append(&[event(3)]).await.is_ok());
        assert_eq!(stored(&store).await, 2);
    });
}

#[test]
fn only_the_named_method_fails_until_recovery() {
    pollster::block_on(async {
        let (store, faults) = faulty_store();
        faults.every("claim", Fault::BeforeEffect);
        for number in 0..3 {
            assert!(store.append(&[event(number)]).await.is_ok());
            assert!(store.claim(Area::Auth, 1, Duration::ZERO).await.is_err());
        }
        faults.every_call(Fault::BeforeEffect);
        assert!(store.append(&[event(9)]).await.is_err());
        faults.recover();
        assert_eq!(stored(&store).await, 3);
        faults.next_of_any(2, Fault::BeforeEffect);
        assert!(store.claim(Area::Auth, 1, Duration::ZERO).await.is_err());
        assert!(store.append(&[event(9)]).await.is_err());
        assert_eq!(stored(&store).await, 3);
    });
}

#[test]
fn a_held_call_waits_for_its_release_and_has_no_effect_before() {
    let (store, faults) = faulty_store();
    faults.hold("append");
    let waiting = std::thread::spawn({
        let store = store.clone();
        move || pollster::block_on(async { store.append(&[event(1)]).await.is_ok() })
    });
    pollster::block_on(async {
        faults.until_waiting(1).await;
        assert_eq!(stored(&store).await, 0);
        faults.release();
        assert!(waiting.join().unwrap());
        assert_eq!(stored(&store).await, 1);
        assert!(store.append(&[event(2)]).await.is_ok(), "nothing waits any more");
    });
}

#[test]
fn a_call_that_is_given_up_no_longer_waits() {
    let (store, faults) = faulty_store();
    faults.hold_every_call();
    assert!(is_pending(store.append(&[event(1)])));
    assert!(is_pending(faults.until_waiting(1)), "its caller has gone");
    let events = [event(2)];
    let mut call = store.append(&events);
    let mut context = Context::from_waker(Waker::noop());
    assert!(call.as_mut().poll(&mut context).is_pending());
    assert!(!is_pending(faults.until_waiting(1)));
    faults.release();
    assert!(matches!(call.as_mut().poll(&mut context), Poll::Ready(Ok(()))));
    assert_eq!(pollster::block_on(stored(&store)), 1);
}

#[test]
fn hashers_are_busy_and_tokens_invalid() {
    pollster::block_on(async {
        let faults = Faults::default();
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(1));
        let hasher: Arc<dyn PasswordHasher> = Arc::new(UnprotectedHasher::new(random.clone()));
        let hasher = Faulty::new(hasher, &faults);
        let tokens = Faulty::new(Arc::new(OpaqueTokens::new(clock(), random)), &faults);
        let claims = Claims {
            user_id: UserId::from_stored("1"),
            username: Username::from_stored("ada"),
            expires_at: 1,
            issued_at: None,
            id: None,
        };
        faults.next("hash", 1, Fault::BeforeEffect);
        faults.next("read", 1, Fault::BeforeEffect);
        let password = Password::presented("x");
        assert!(matches!(hasher.hash(&password).await, Err(HashError::Busy { .. })));
        assert!(hasher.hash(&password).await.is_ok());
        let token = tokens.sign(&claims);
        assert!(tokens.read(&token).is_err());
        assert_eq!(tokens.read(&token), Ok(claims));
    });
}

#[test]
fn an_aged_hash_is_outdated_and_a_busy_hasher_says_for_how_long() {
    pollster::block_on(async {
        let hasher = UnprotectedHasher::new(Arc::new(SeededRandom::new(1)));
        let password = Password::presented("x");
        let hash = hasher.hash(&password).await.unwrap();
        hasher.age();
        assert_eq!(hasher.verify(&password, Some(&hash)).await, Ok(Verdict::Match { outdated: true }));
        let hash = hasher.hash(&password).await.unwrap();
        assert_eq!(hasher.verify(&password, Some(&hash)).await, Ok(Verdict::Match { outdated: false }));
        assert_eq!(hasher.jobs(), 4);
        let retry_after = Duration::from_secs(7);
        hasher.be_busy(Some(retry_after));
        assert_eq!(hasher.verify(&password, None).await, Err(HashError::Busy { retry_after }));
        hasher.be_busy(None);
        assert_eq!(hasher.verify(&password, None).await, Ok(Verdict::Mismatch));
    });
}

#[test]
fn staged_images_and_their_bytes_fail_too() {
    pollster::block_on(async {
        let faults = Faults::default();
        let images = Faulty::new(Arc::new(MemoryImages::new(clock())), &faults);
        let name = ImageName::parse("cat.png").unwrap();
        let mut staged = images.stage().await.unwrap();
        faults.next("write", 1, Fault::BeforeEffect);
        assert!(staged.write(Bytes::from_static(b"lost")).await.is_err());
        staged.write(Bytes::from_static(b"cat")).await.unwrap();
        staged.seal().await.unwrap();
        faults.next("publish", 1, Fault::AfterEffect);
        assert!(staged.publish(&name, ImageFormat::Png).await.is_err());
        let mut content = images.read(&name, None).await.unwrap().unwrap();
        assert_eq!(content.meta.size, 3);
        faults.next("bytes", 1, Fault::BeforeEffect);
        let piece = std::future::poll_fn(|context| content.bytes.as_mut().poll_next(context)).await;
        assert!(matches!(piece, Some(Err(_))));
    });
}

#[test]
fn tokens_that_are_long_over_are_forgotten() {
    let clock = clock();
    let tokens = OpaqueTokens::new(clock.clone(), Arc::new(SeededRandom::new(1)));
    let claims = |expires_at| Claims {
        user_id: UserId::from_stored("1"),
        username: Username::from_stored("ada"),
        expires_at,
        issued_at: None,
        id: None,
    };
    let early = tokens.sign(&claims(3_600));
    let late = tokens.sign(&claims(10 * 86_400));
    clock.advance(Duration::from_secs(2 * 86_400));
    for _ in 0..3_000 {
        tokens.sign(&claims(3 * 86_400));
    }
    assert!(tokens.read(&early).is_err());
    assert!(tokens.read(&late).is_ok());
}
