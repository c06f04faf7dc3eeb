//! The first bytes of what was stored without a format, which tell it.

use super::{next, unavailable};
use crate::Error;
use hexad_domain::image::ImageFormat;
use hexad_ports::{ByteStream, Bytes, ImageContent, ImageMeta};
use std::{
    collections::VecDeque,
    error::Error as StdError,
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
};

/// Content whose first bytes have come.
pub(super) struct Beginning {
    /// With the format that they tell.
    pub(super) meta: ImageMeta,
    range: Range<u64>,
    come: VecDeque<Bytes>,
    rest: ByteStream,
}

impl Beginning {
    /// Waits for as many bytes as tell the format. The content has to be from the image's first byte on.
    pub(super) async fn of(content: ImageContent) -> Result<Self, Error> {
        let ImageContent { mut meta, range, bytes: mut rest } = content;
        let (mut head, mut come) = (Vec::new(), VecDeque::new());
        while (head.len() as u64) < ImageFormat::SNIFFED {
            let Some(chunk) = next(&mut rest).await else { break };
            let chunk = chunk.map_err(unavailable)?;
            head.extend_from_slice(&chunk);
            come.push_back(chunk);
        }
        meta.format = ImageFormat::sniff(&head);
        Ok(Beginning { meta, range, come, rest })
    }

    /// All of it again, from the first byte on.
    pub(super) fn whole(self) -> ImageContent {
        let Beginning { meta, range, come, rest } = self;
        ImageContent { meta, range, bytes: Box::pin(Again { come, rest }) }
    }
}

struct Again {
    come: VecDeque<Bytes>,
    rest: ByteStream,
}

impl futures_core::Stream for Again {
    type Item = Result<Bytes, Box<dyn StdError + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.come.pop_front() {
            Some(chunk) => Poll::Ready(Some(Ok(chunk))),
            None => self.rest.as_mut().poll_next(context),
        }
    }
}
