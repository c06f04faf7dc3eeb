//! Requests over HTTP/1.1 and HTTP/2, and raw bytes where those would be too well-formed.

use crate::{Answer, PATIENCE};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// A service where it listens, as its clients see it.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its address.
    pub address: SocketAddr,
    compat: Option<&'static str>,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Service {
    /// The service of that name (`auth`, `user-soap`, …) at an address, by HTTP/1.1.
    #[must_use]
    pub fn at(name: &str, address: SocketAddr) -> Self {
        let compat = match name {
            "auth" | "session" => Some("message"),
            "image" | "connected" => Some("error"),
            _ => None,
        };
        Self { address, compat, client: Client::builder(TokioExecutor::new()).build(connector()) }
    }

    /// The same by HTTP/2, with prior knowledge.
    #[must_use]
    pub fn by_http2(&self) -> Self {
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build(connector());
        Self { client, ..self.clone() }
    }

    /// A request. The path, with its query, goes out as it is.
    #[must_use]
    pub fn call(&self, method: &str, path: &str) -> Call {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let uri = format!("http://{}{path}", self.address);
        let request = Request::builder().method(method).uri(uri).body(Bytes::new()).expect("a request");
        Call { client: self.client.clone(), compat: self.compat, request }
    }

    /// A GET.
    #[must_use]
    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    /// A POST.
    #[must_use]
    pub fn post(&self, path: &str) -> Call {
        self.call("POST", path)
    }
}

/// Connects as curl and the libraries of gRPC do: what is written goes out at once. Else the end of a message waits for
/// the other side to acknowledge its beginning, for 40 ms where that waits for the end.
pub(crate) fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector
}

/// A request that is being written.
#[derive(Clone, Debug)]
pub struct Call {
    client: Client<HttpConnector, Full<Bytes>>,
    compat: Option<&'static str>,
    request: Request<Bytes>,
}

/// No answer came: there was no connection, or it broke.
#[derive(Debug)]
pub struct Unanswered(pub String);

impl Call {
    /// One more header. A name may come twice.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a header value");
        self.request.headers_mut().append(name, value);
        self
    }

    /// `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// A body of that content type.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut call = self.header(header::CONTENT_TYPE.as_str(), content_type);
        *call.request.body_mut() = body.into();
        call
    }

    /// A body without a content type.
    #[must_use]
    pub fn untyped(mut self, body: impl Into<Bytes>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// A JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Sends it, and takes the answer.
    ///
    /// # Panics
    /// Where none comes, or one that no service may give.
    pub async fn send(self) -> Answer {
        let what = format!("{} {}", self.request.method(), self.request.uri());
        match self.try_send().await {
            Ok(answer) => answer.checked(&what),
            Err(Unanswered(why)) => panic!("{what}: {why}"),
        }
    }

    /// Sends it to a service that may be gone.
    ///
    /// # Errors
    /// Where no whole answer comes.
    pub async fn try_send(self) -> Result<Answer, Unanswered> {
        let Call { client, compat, request } = self;
        let whole = async {
            let response = client
                .request(request.map(Full::new))
                .await
                .map_err(|error| Unanswered(format!("{error:?}")))?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| Unanswered(format!("{error:?}")))?.to_bytes();
            Ok(Answer {
                status: parts.status.as_u16(),
                version: parts.version,
                headers: parts.headers,
                body,
                compat,
            })
        };
        timeout(PATIENCE, whole).await.unwrap_or_else(|_| Err(Unanswered("it takes too long".into())))
    }
}

/// Sends these bytes on a connection of their own, and returns all that comes back until the service closes it, which
/// a request has to ask for.
///
/// # Panics
/// Where it does not.
pub async fn raw(service: &Service, bytes: &[u8]) -> String {
    let whole = async {
        let mut stream = TcpStream::connect(service.address).await.expect("a connection");
        stream.write_all(bytes).await.expect("it takes the bytes");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("it answers");
        String::from_utf8_lossy(&answer).into_owned()
    };
    timeout(PATIENCE, whole).await.expect("it takes too long")
}
