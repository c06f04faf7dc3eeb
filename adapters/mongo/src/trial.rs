//! Whether the server will take what this program writes, found out without writing anything. Where everything is
//! there already a start has nothing to write, and the first change would be the first to fail.

use crate::{connect::not_ready, store::Collections};
use hexad_ports::NotReady;
use mongodb::bson::{Document, doc};

/// Tries the privileges to change and to delete: on no document.
pub(crate) async fn may_write(collections: &Collections) -> Result<(), NotReady> {
    let Collections { sessions, heads, service, .. } = collections;
    for collection in [&sessions.clone_with_type::<Document>(), heads, service] {
        let none = doc! { "_id": { "$in": [] } };
        collection.update_one(none.clone(), doc! { "$set": { "tried": true } }).await.map_err(not_ready)?;
        collection.delete_one(none).await.map_err(not_ready)?;
    }
    Ok(())
}
