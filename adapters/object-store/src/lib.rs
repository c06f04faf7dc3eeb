//! The images of Hexad in a folder: the store that a service uses when nobody names another.
//!
//! [`FolderImages`] is an [`ImageStore`](hexad_ports::ImageStore) over one folder of a local file system, that any
//! number of processes may share. An image is received into a hidden file of its own, and gets its name by a hard
//! link, in one step and only where the name is free; both are flushed to the disk before anybody hears of it. So
//! whoever looks sees whole images or none, whatever is killed and whenever.
//!
//! It runs on Unix and inside a tokio runtime, on whose blocking threads it does all its work.
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

pub use folder::{FolderImages, OpenError};
