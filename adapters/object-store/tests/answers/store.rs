//! A store that answers what it is told to.

use hexad_object_store::{S3Images, S3Settings};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// As in `PUT /images/cat.png`; what follows a question mark too.
    pub(crate) what: String,
    headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether it is the listing of the bucket.
    pub(crate) fn lists(&self) -> bool {
        self.what.starts_with("GET /images?list-type=2")
    }

    /// Whether it is the object by which the store is tried.
    pub(crate) fn tries(&self) -> bool {
        self.what.starts_with("PUT /images/.hexad/")
    }
}

pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    late: Duration,
}

pub(crate) fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: body.to_owned(), late: Duration::ZERO }
}

/// None at all, with the connection open.
pub(crate) fn silence() -> Answer {
    late(Duration::MAX, answer(0, ""))
}

/// An answer that takes its time.
pub(crate) fn late(time: Duration, answer: Answer) -> Answer {
    Answer { late: time, ..answer }
}

/// As S3 says no.
pub(crate) fn refusal(status: u16, code: &str) -> Answer {
    answer(status, &format!("<Error><Code>{code}</Code><Message>In words.</Message></Error>"))
}

pub(crate) fn empty_listing() -> Answer {
    answer(200, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
}

/// As a store that has the bucket, and honours `If-None-Match`.
pub(crate) fn well(asked: &Asked) -> Answer {
    if asked.lists() {
        empty_listing()
    } else if asked.tries() && asked.header("if-none-match") == Some("*") {
        refusal(412, "PreconditionFailed")
    } else {
        answer(200, "")
    }
}

impl Answer {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Answer {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// The store, and what it was asked so far.
pub(crate) struct Store {
    pub(crate) settings: S3Settings,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Store {
    pub(crate) async fn that(answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Store {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let settings =
            S3Settings { endpoint: Some(endpoint), ..S3Settings::new("images", "AKIA", "top-secret") };
        let (answers, asked) = (Arc::new(answers), Arc::<Mutex<Vec<Asked>>>::default());
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let (answers, heard) = (Arc::clone(&answers), Arc::clone(&heard));
                tokio::spawn(async move {
                    serve(connection, |asked| {
                        heard.lock().unwrap().push(asked.clone());
                        answers(asked)
                    })
                    .await
                });
            }
        });
        Store { settings, asked }
    }

    pub(crate) fn images(&self) -> S3Images {
        S3Images::new(self.settings.clone()).unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// One request, and its answer.
async fn serve(mut connection: TcpStream, answers: impl Fn(&Asked) -> Answer) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = connection.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().lines();
    let what = lines.next().unwrap().strip_suffix(" HTTP/1.1").unwrap().to_owned();
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let mut asked = Asked { what, headers: headers.collect(), body: String::new() };
    let length = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.unwrap();
    asked.body = String::from_utf8(body).unwrap();

    let Answer { status, headers, body, late } = answers(&asked);
    tokio::time::sleep(late).await;
    let mut text = format!("HTTP/1.1 {status} As told\r\nconnection: close\r\n");
    let length = ("content-length", body.len().to_string());
    let told = headers.iter().any(|(name, _)| *name == "content-length");
    for (name, value) in headers.into_iter().chain((!told).then_some(length)) {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    // The answer to `HEAD` has no body (RFC 9110, section 9.3.2).
    if !asked.what.starts_with("HEAD ") {
        text.push_str(&body);
    }
    connection.write_all(text.as_bytes()).await.unwrap();
}
