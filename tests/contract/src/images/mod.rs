//! What every [`ImageStore`] promises.

mod adopted;
mod listing;
mod publishing;
mod reading;
mod simultaneous;
mod staging;

pub use adopted::*;
pub use listing::*;
pub use publishing::*;
pub use reading::*;
pub use simultaneous::*;
pub use staging::*;

use async_trait::async_trait;
use bytes::Bytes;
use hexad_domain::image::{ImageFormat, ImageName};
use hexad_ports::{ByteStream, ImageContent, ImageStore, StagedImage, Stored};
use sha2::{Digest, Sha256};
use std::{fmt::Write, future::poll_fn, ops::Range, sync::Arc};

/// An empty store of images.
#[async_trait]
pub trait ImagesHarness: Send + Sync {
    /// The store. Each call MAY open another connection to the same images, as another process would.
    async fn store(&self) -> Arc<dyn ImageStore>;

    /// Puts bytes where the images are, as another program would, in place of what has that name there; `false` where
    /// nothing can have that name.
    async fn leave(&self, name: &ImageName, bytes: &Bytes) -> bool;

    /// How many images are staged, or were and have left something behind.
    async fn staged(&self) -> usize;
}

/// The tests of an image store: `hexad_contract::images!(make)`, where `make` is an async function that gives an
/// [`ImagesHarness`].
#[macro_export]
macro_rules! images {
    ($make:expr) => {
        $crate::suite!(
            images,
            images,
            $make,
            [
                a_published_image_is_read_as_it_was_sent,
                a_sealed_image_knows_its_size_and_digest,
                an_image_of_many_pieces_is_whole,
                the_same_bytes_again_are_the_same,
                other_bytes_never_take_a_name,
                a_taken_name_leaves_the_image_to_another,
                names_are_compared_exactly,
                a_staged_image_is_neither_listed_nor_read,
                a_dropped_image_leaves_nothing,
                images_are_staged_side_by_side,
                an_unknown_name_is_not_found,
                a_range_is_cut_to_the_size,
                a_head_tells_what_a_read_tells,
                a_tag_tells_bytes_apart,
                what_others_left_is_listed_and_read_whatever_its_name,
                what_others_left_is_never_overwritten,
                a_read_tells_of_the_bytes_that_it_gives,
                a_kept_digest_is_that_of_the_bytes,
                names_come_in_byte_order,
                a_page_holds_no_more_than_its_limit,
                a_page_begins_after_its_cursor,
                pages_hold_each_image_once_while_others_come,
                of_sixteen_with_other_bytes_one_has_the_name,
                of_sixteen_with_the_same_bytes_one_is_created,
                a_reader_sees_the_whole_of_an_image,
            ]
        );
    };
}

fn name(text: &str) -> ImageName {
    ImageName::parse(text).expect("a name")
}

/// Bytes that differ from those of every other seed, everywhere.
fn bytes_of(seed: u64, length: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a text grows");
        hex
    })
}

/// An image that waits for its name.
async fn sealed(store: &dyn ImageStore, bytes: &Bytes) -> Box<dyn StagedImage> {
    let mut staged = store.stage().await.expect("a stage");
    staged.write(bytes.clone()).await.expect("a write");
    staged.seal().await.expect("a seal");
    staged
}

async fn publish(store: &dyn ImageStore, name: &ImageName, bytes: &Bytes) -> Stored {
    sealed(store, bytes).await.publish(name, ImageFormat::Png).await.expect("an answer")
}

async fn must_create(store: &dyn ImageStore, name: &ImageName, bytes: &Bytes) {
    assert_eq!(publish(store, name, bytes).await, Stored::Created, "{name}");
}

async fn content(
    store: &dyn ImageStore,
    name: &ImageName,
    range: Option<Range<u64>>,
) -> Option<ImageContent> {
    store.read(name, range).await.expect("an answer")
}

/// The bytes of an image, or those in the range.
async fn read(store: &dyn ImageStore, name: &ImageName, range: Option<Range<u64>>) -> Option<Bytes> {
    match content(store, name, range).await {
        Some(content) => Some(collect(content.bytes).await),
        None => None,
    }
}

async fn collect(mut stream: ByteStream) -> Bytes {
    let mut all = Vec::new();
    while let Some(chunk) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
        all.extend_from_slice(&chunk.expect("bytes"));
    }
    all.into()
}

async fn list(store: &dyn ImageStore, after: Option<&ImageName>, limit: usize) -> Vec<String> {
    let names = store.list(after, limit).await.expect("an answer");
    names.into_iter().map(|name| name.to_string()).collect()
}

/// Nothing that was staged is left. A store MAY clear away in the background, soon.
async fn nothing_stays_staged(harness: &dyn ImagesHarness) {
    crate::run::soon("clearing away", async {
        while harness.staged().await > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
