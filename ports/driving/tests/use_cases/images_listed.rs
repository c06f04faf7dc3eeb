//! All images, page by page.

use crate::world::{World, run};
use hexad::{Error, Listing, domain::image::ImageName, ports::Bytes};
use hexad_memory::Fault;

fn name(number: usize) -> ImageName {
    ImageName::parse(&format!("{number:05}.gif")).unwrap()
}

fn with_images(count: usize) -> World {
    let world = World::new();
    for number in 0..count {
        world.image_store.adopt(name(number), Bytes::from_static(b"GIF89a"));
    }
    world
}

/// The sizes of all pages, whose names are in order and without a gap.
async fn pages(listing: &mut Listing, first: usize, most: usize) -> Vec<usize> {
    let (mut pages, mut next) = (Vec::new(), first);
    loop {
        let page = listing.page(most).await.unwrap();
        if page.is_empty() {
            return pages;
        }
        for found in &page {
            assert_eq!(*found, name(next));
            next += 1;
        }
        pages.push(page.len());
    }
}

#[test]
fn it_begins_with_a_small_page_and_goes_on_with_large_ones_to_the_end() {
    run(async {
        for (count, expected) in [
            (0, vec![]),
            (1, vec![1]),
            (1_000, vec![1_000]),
            (1_001, vec![1_000, 1]),
            (11_000, vec![1_000, 10_000]),
            (11_001, vec![1_000, 10_000, 1]),
        ] {
            let world = with_images(count);
            assert_eq!(pages(&mut world.images().listing(None), 0, usize::MAX).await, expected);
        }
        let world = with_images(100);
        assert_eq!(pages(&mut world.images().listing(Some(name(96))), 97, 2).await, [2, 1]);
        assert_eq!(pages(&mut world.images().listing(Some(name(99))), 100, 2).await, [0; 0]);
    });
}

#[test]
fn until_it_has_begun_a_store_that_fails_is_told_of_at_once() {
    run(async {
        let world = with_images(3);
        let mut listing = world.images().listing(None);
        world.images_faults.next("list", 1, Fault::BeforeEffect);
        assert!(matches!(listing.page(2).await, Err(Error::Unavailable(_))));
        assert_eq!(pages(&mut listing, 0, 2).await, [2, 1], "nothing is lost by that");
    });
}

#[test]
fn once_it_has_begun_it_waits_for_a_store_that_falters_and_not_for_ever() {
    run(async {
        let world = with_images(5);
        let mut listing = world.images().listing(None);
        assert_eq!(listing.page(2).await.unwrap().len(), 2);
        world.images_faults.next("list", 4, Fault::BeforeEffect);
        assert!(matches!(listing.page(2).await, Err(Error::Unavailable(_))));
        world.images_faults.next("list", 3, Fault::BeforeEffect);
        assert_eq!(pages(&mut listing, 2, 2).await, [2, 1], "nothing is lost by that");
    });
}

#[test]
fn what_it_named_is_looked_at_with_the_same_patience() {
    run(async {
        let world = with_images(1);
        let images = world.images();
        for method in ["head", "read"] {
            world.images_faults.next(method, 3, Fault::BeforeEffect);
            assert_eq!(images.listed(&name(0)).await.unwrap().unwrap().name, name(0));
            world.images_faults.next(method, 4, Fault::BeforeEffect);
            assert!(matches!(images.listed(&name(0)).await, Err(Error::Unavailable(_))));
        }
        assert_eq!(images.listed(&name(1)).await.unwrap(), None, "it is gone since");
    });
}
