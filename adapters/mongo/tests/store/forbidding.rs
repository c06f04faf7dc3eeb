//! A server before the server, that refuses commands as one does whose user lacks the privilege.

use mongodb::bson::{RawDocument, doc};
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Mutex,
};

/// Of OP_MSG: length, number of the message, number of the one it answers, code of the operation; flags; and the kind
/// of the first section, a document that begins with the command's name.
const NUMBER: std::ops::Range<usize> = 4..8;
const CODE: [u8; 4] = 2013_i32.to_le_bytes();
const DOCUMENT: usize = 16 + 4 + 1;

/// The address of a server that refuses commands of these names and passes all others on to this one.
pub(crate) async fn forbidding(server: &str, commands: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = server.to_owned();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            let ((asked, client), (answers, server)) = (client.into_split(), server.into_split());
            let client = Arc::new(Mutex::new(client));
            tokio::spawn(ask(asked, server, Arc::clone(&client), commands));
            tokio::spawn(answer(answers, client));
        }
    });
    address
}

async fn ask(
    mut asked: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    client: Arc<Mutex<OwnedWriteHalf>>,
    commands: &[&str],
) -> Option<()> {
    loop {
        let question = message(&mut asked).await?;
        let command = question.get(DOCUMENT..).and_then(first_name);
        if command.is_some_and(|name| commands.contains(&name.as_str())) {
            client.lock().await.write_all(&refusal(&question)).await.ok()?;
        } else {
            server.write_all(&question).await.ok()?;
        }
    }
}

async fn answer(mut answers: OwnedReadHalf, client: Arc<Mutex<OwnedWriteHalf>>) -> Option<()> {
    loop {
        let answer = message(&mut answers).await?;
        client.lock().await.write_all(&answer).await.ok()?;
    }
}

async fn message(from: &mut OwnedReadHalf) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).await.ok()?;
    let mut message = length.to_vec();
    message.resize(usize::try_from(i32::from_le_bytes(length)).ok()?, 0);
    from.read_exact(&mut message[4..]).await.ok()?;
    Some(message)
}

fn first_name(section: &[u8]) -> Option<String> {
    let length = section.first_chunk().copied().map(i32::from_le_bytes)?;
    let document = RawDocument::from_bytes(section.get(..usize::try_from(length).ok()?)?).ok()?;
    let (name, _) = document.into_iter().next()?.ok()?;
    Some(name.to_string())
}

fn refusal(question: &[u8]) -> Vec<u8> {
    let why = "not authorized on hexad to execute command";
    let body = doc! { "ok": 0.0, "errmsg": why, "code": 13, "codeName": "Unauthorized" };
    let body = body.to_vec().unwrap();
    let length = i32::try_from(DOCUMENT + body.len()).unwrap();
    [&length.to_le_bytes(), &[0; 4], &question[NUMBER], &CODE, &[0; 5], body.as_slice()].concat()
}
