//! What the originals stored: `binary/octet-stream`, no metadata.

use crate::place::{Place, bytes, name, put};
use futures_util::TryStreamExt;
use hexad_ports::{Bytes, ImageStore, Stored};

#[tokio::test]
async fn an_image_of_the_originals_is_listed_served_and_kept() {
    let place = Place::new();
    place.make_bucket().await;
    let cat = bytes(1, 70_000);
    place.put("cat.png", &cat).await;

    let images = place.prepared().await;
    assert_eq!(images.list(None, 10).await.unwrap(), [name("cat.png")]);
    let meta = images.head(&name("cat.png")).await.unwrap().unwrap();
    // The bytes tell, not the store.
    assert_eq!((meta.size, meta.format), (70_000, None));
    let read = images.read(&name("cat.png"), Some(10..20)).await.unwrap().unwrap();
    assert_eq!((read.meta, read.range), (meta.clone(), 10..20));
    assert_eq!(read.bytes.try_collect::<Vec<Bytes>>().await.unwrap().concat(), cat[10..20]);

    // There is no digest to compare: the bytes are.
    assert_eq!(put(&images, "cat.png", &cat).await, Stored::Same);
    let mut other = cat.to_vec();
    other[69_999] ^= 1;
    assert_eq!(put(&images, "cat.png", &other.into()).await, Stored::Taken);
    assert_eq!(put(&images, "cat.png", &cat.slice(1..)).await, Stored::Taken);
    assert_eq!(images.head(&name("cat.png")).await.unwrap().unwrap(), meta);
}
