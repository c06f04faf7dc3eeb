//! Behind a proxy: who is believed goes by the connection.

use super::support::{Server, app};
use axum::{Router, extract::Request, routing::get};
use hexad_http::{TrustedProxies, client_address, origin};

/// A server that tells who asks, and how they call it.
async fn server(trusted: &str) -> Server {
    let told = async |request: Request| {
        let (parts, _) = request.into_parts();
        let client = client_address(&parts).map_or("nobody".into(), |client| client.to_string());
        origin(&parts).map(|(scheme, host)| format!("{client} {scheme}://{host}"))
    };
    let proxies: TrustedProxies = trusted.parse().unwrap();
    Server::start(app(Router::new().route("/", get(told))).trusted_proxies(proxies).build()).await
}

async fn told(server: &Server) -> String {
    let answer = server
        .ask(
            "GET / HTTP/1.1\r\nHost: inside\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\
             X-Forwarded-Host: api.example\r\n\r\n",
        )
        .await;
    String::from_utf8(answer.body).unwrap()
}

#[tokio::test]
async fn a_trusted_peer_speaks_for_its_clients() {
    let server = server("127.0.0.0/8").await;
    assert_eq!(told(&server).await, "192.0.2.7 https://api.example");
    server.stop().await;
}

#[tokio::test]
async fn any_other_speaks_for_itself() {
    let server = server("10.0.0.0/8").await;
    assert_eq!(told(&server).await, "127.0.0.1 http://inside");
    server.stop().await;
}
