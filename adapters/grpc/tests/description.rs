//! The description of the service that its clients take from `docs/api` is the one that it is generated from.
#![allow(clippy::unwrap_used)]

#[test]
fn the_file_for_clients_is_the_file_that_the_code_comes_from() {
    let file = |path| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    assert_eq!(file("../../docs/api/image_delivery.proto"), file("proto/image_delivery.proto"));
}
