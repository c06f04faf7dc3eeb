//! The images of Hexad in a bucket of MinIO or any other S3, or in a folder: the store that a service uses when
//! nobody names another.
//!
//! Both are an [`ImageStore`](hexad_ports::ImageStore) that any number of processes may share, and in both an image
//! gets its name in one step and only where the name is free, so whoever looks sees whole images or none, whatever
//! is killed and whenever.
//!
//! [`FolderImages`] receives an image into a hidden file of its own and names it by a hard link; both are flushed to
//! the disk before anybody hears of it. [`S3Images`] receives it into a file without a name, and sends it to the
//! store in one request that the store refuses where the name is taken.
//!
//! They run on Unix and inside a tokio runtime, on whose blocking threads they do all that waits for a disk.
//!
//! ```
//! use hexad_object_store::FolderImages;
//! use hexad_ports::{
//!     Bytes, ImageStore, StagedImage, Stored,
//!     domain::image::{ImageFormat, ImageName},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let place = tempfile::tempdir()?;
//! # let root = place.path().join("images");
//! let images = FolderImages::open(root).await?;
//! let name = ImageName::parse("cat.gif")?;
//!
//! let mut staged = images.stage().await?;
//! staged.write(Bytes::from_static(b"GIF89a\x01\x00\x01\x00")).await?;
//! let sealed = staged.seal().await?;
//! assert_eq!(sealed.size, 10);
//! assert_eq!(staged.publish(&name, ImageFormat::Gif).await?, Stored::Created);
//!
//! assert_eq!(images.list(None, 100).await?, [name]);
//! # Ok(())
//! # }
//! ```

mod folder;
mod range;
mod s3;

pub use folder::{FolderImages, OpenError};
pub use s3::{BucketPolicy, S3Images, S3Settings};
