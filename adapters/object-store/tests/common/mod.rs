//! Uploading, in one call.
#![allow(dead_code, reason = "not every test uses all of it")]

use hexad_object_store::FolderImages;
use hexad_ports::{
    Bytes, ImageStore, StagedImage, Stored,
    domain::image::{ImageFormat, ImageName},
};
use std::{fs, path::Path};

/// An image that is sealed, and has no name yet.
pub(crate) async fn upload(images: &FolderImages, bytes: &[u8]) -> Box<dyn StagedImage> {
    let mut staged = images.stage().await.unwrap();
    staged.write(Bytes::copy_from_slice(bytes)).await.unwrap();
    staged.seal().await.unwrap();
    staged
}

/// Uploads an image and publishes it.
pub(crate) async fn put(images: &FolderImages, name: &str, bytes: &[u8]) -> Stored {
    let name = ImageName::parse(name).unwrap();
    upload(images, bytes).await.publish(&name, ImageFormat::Png).await.unwrap()
}

/// The names of what is being received.
pub(crate) fn staged_files(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join(".staging")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
