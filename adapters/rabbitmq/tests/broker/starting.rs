//! What a first look finds wrong, and what passes by itself.

use crate::support::{
    DEAD, EXCHANGE, Host, INBOX, body, broker_at, eventually, everything, inbox, login, outgoing,
};
use hexad_contract::run;
use hexad_ports::{Concern, EventSource, Mistake, NotReady, Prepare, Probe, Publication, Publisher};
use http::Method;
use lapin::{
    BasicProperties, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueDeclareOptions},
    types::FieldTable,
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;

async fn mistake(url: &str) -> Mistake {
    let broker = broker_at(url, "test");
    let (publisher, source) = (broker.publisher(everything()), broker.source(inbox(1)));
    let by_publisher = match publisher.prepare().await {
        Err(NotReady::Mistake(mistake)) => mistake,
        other => panic!("{other:?}"),
    };
    match source.prepare().await {
        Err(NotReady::Mistake(mistake)) => assert_eq!(mistake.about, by_publisher.about),
        other => panic!("{other:?}"),
    }
    assert!(!by_publisher.why.contains("secret-word"), "{by_publisher}");
    assert!(!by_publisher.why.contains('\n'), "{by_publisher}");
    by_publisher
}

#[test]
fn a_wrong_password_is_a_mistake() {
    run(async {
        let host = Host::new().await;
        let url = format!("amqp://{}:secret-word@{}/{}", host.user(), host.stage.address, host.stage.name);
        assert_eq!(mistake(&url).await.about, Concern::Credentials);
    });
}

#[test]
fn an_unknown_virtual_host_is_a_mistake() {
    run(async {
        let host = Host::new().await;
        let found = mistake(&format!("{}-nowhere", host.stage.url)).await;
        assert_eq!(found.about, Concern::Name, "{found}");
    });
}

/// Somebody with those permissions on the virtual host.
async fn somebody(host: &Host, permissions: Option<&str>) -> String {
    let user = &host.stage.name;
    let known = json!({"password": "secret-word", "tags": ""});
    host.stage.api(Method::PUT, &format!("/users/{user}"), &known).await;
    if let Some(permissions) = permissions {
        let permissions = serde_json::from_str(permissions).unwrap();
        host.stage.api(Method::PUT, &format!("/permissions/{}/{user}", host.stage.name), &permissions).await;
    }
    format!("amqp://{user}:secret-word@{}/{}", host.stage.address, host.stage.name)
}

#[test]
fn a_missing_privilege_is_a_mistake() {
    run(async {
        let host = Host::new().await;
        let url = somebody(&host, None).await;
        assert_eq!(mistake(&url).await.about, Concern::Privilege, "none on the virtual host");
        for nothing in [
            r#"{"configure":"","write":".*","read":".*"}"#,
            r#"{"configure":".*","write":".*","read":"^nothing$"}"#,
        ] {
            let found = mistake(&somebody(&host, Some(nothing)).await).await;
            assert_eq!(found.about, Concern::Privilege, "{found}");
        }
        host.stage.api(Method::DELETE, &format!("/users/{}", host.stage.name), &Value::Null).await;
    });
}

#[test]
fn a_privilege_that_only_work_would_need_is_missed_at_the_start() {
    run(async {
        let host = Host::new().await;
        host.broker().publisher(everything()).prepare().await.unwrap();
        host.broker().source(inbox(1)).prepare().await.unwrap();
        // What waits there meanwhile stays there.
        let waiting = [login("ada"), login("grace")];
        for event in &waiting {
            host.send_with(
                INBOX,
                body(event).as_bytes(),
                BasicProperties::default().with_message_id(event.id.to_string().as_str().into()),
            )
            .await;
        }
        // Everything but to write to the exchange, to read the queue, to write to the default exchange.
        for (permissions, publishes) in [
            (
                r#"{"configure":".*","write":"^(auth-events|session-service.*|amq\\.default)$","read":".*"}"#,
                true,
            ),
            (r#"{"configure":".*","write":".*","read":"^(domain-events|auth-events)$"}"#, false),
            (
                r#"{"configure":".*","write":"^(domain-events|auth-events|session-service.*)$","read":".*"}"#,
                false,
            ),
        ] {
            let url = somebody(&host, Some(permissions)).await;
            let broker = broker_at(&url, "test");
            let (publisher, source) = (broker.publisher(everything()), broker.source(inbox(1)));
            let (fails, works): (&dyn Prepare, &dyn Prepare) =
                if publishes { (&publisher, &source) } else { (&source, &publisher) };
            works.prepare().await.unwrap();
            match fails.prepare().await {
                Err(NotReady::Mistake(mistake)) => assert_eq!(mistake.about, Concern::Privilege, "{mistake}"),
                other => panic!("{permissions}: {other:?}"),
            }
        }
        host.stage.api(Method::DELETE, &format!("/users/{}", host.stage.name), &Value::Null).await;
        eventually("what waited", Duration::from_secs(10), async || {
            (host.waiting(INBOX).await == 2).then_some(())
        })
        .await;
        assert_eq!(host.events(INBOX).await, waiting);
    });
}

#[test]
fn what_is_there_already_needs_no_privilege_to_be_made() {
    run(async {
        let host = Host::new().await;
        host.broker().publisher(everything()).prepare().await.unwrap();
        host.broker().source(inbox(1)).prepare().await.unwrap();
        let url = somebody(&host, Some(r#"{"configure":"","write":".*","read":".*"}"#)).await;
        let broker = broker_at(&url, "test");
        let publisher = broker.publisher(everything());
        publisher.prepare().await.unwrap();
        broker.source(inbox(1)).prepare().await.unwrap();
        let publications = publisher.publish(&outgoing(&[login("ada")])).await;
        assert!(matches!(publications.as_slice(), [Publication::Confirmed]), "{publications:?}");
        host.stage.api(Method::DELETE, &format!("/users/{}", host.stage.name), &Value::Null).await;
    });
}

#[test]
fn an_exchange_of_another_type_is_a_mistake_and_one_with_other_arguments_is_not() {
    run(async {
        let host = Host::new().await;
        for (name, kind) in [("fan", ExchangeKind::Fanout), ("transient", ExchangeKind::Topic)] {
            let options = ExchangeDeclareOptions::default();
            host.channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await.unwrap();
        }
        let to = |exchange: &str| {
            let mut topology = everything();
            topology.exchange = exchange.to_owned();
            host.broker().publisher(topology)
        };
        match to("fan").prepare().await {
            Err(NotReady::Mistake(mistake)) => assert_eq!(mistake.about, Concern::Content, "{mistake}"),
            other => panic!("{other:?}"),
        }
        to("transient").prepare().await.unwrap();
        match to("").prepare().await {
            Err(NotReady::Mistake(mistake)) => assert_eq!(mistake.about, Concern::Name, "{mistake}"),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_queue_of_another_connection_alone_is_a_mistake() {
    run(async {
        let host = Host::new().await;
        let exclusive = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        host.channel.queue_declare(INBOX.into(), exclusive, FieldTable::default()).await.unwrap();
        assert_eq!(mistake(&host.stage.url).await.about, Concern::Content);
    });
}

#[test]
fn a_broker_that_is_not_there_yet_is_away() {
    run(async {
        // A port that nobody listens on.
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let broker = broker_at(&format!("amqp://ada:secret-word@127.0.0.1:{port}/v"), "test");
        for part in
            [&broker.publisher(everything()) as &dyn Prepare, &broker.source(inbox(1)) as &dyn Prepare]
        {
            match part.prepare().await {
                Err(NotReady::Away(away)) => {
                    assert!(!hexad_ports::error_chain(&away).contains("secret-word"), "{away}");
                }
                other => panic!("{other:?}"),
            }
        }
        broker.check().await.expect_err("it is not there");
    });
}

#[test]
fn what_does_not_speak_amqp_is_a_mistake() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("amqp://ada:secret-word@{}/v", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                // An alert of TLS 1.2, and more that is no frame.
                let alert = b"\x15\x03\x03\x00\x02\x02\x46 and so on";
                tokio::io::AsyncWriteExt::write_all(&mut stream, alert).await.unwrap();
            }
        });
        assert_eq!(mistake(&url).await.about, Concern::Address);
        server.abort();
    });
}

#[test]
fn tls_where_there_is_none_is_a_mistake() {
    run(async {
        let host = Host::new().await;
        let url = host.stage.url.replace("amqp://", "amqps://");
        assert_eq!(mistake(&url).await.about, Concern::Encryption);
    });
}

#[test]
fn nothing_is_done_before_all_is_prepared() {
    run(async {
        let host = Host::new().await;
        let broker = host.broker();
        let publications = broker.publisher(everything()).publish(&outgoing(&[login("ada")])).await;
        assert!(matches!(publications.as_slice(), [Publication::Failed(_)]), "{publications:?}");
        broker.source(inbox(1)).receive(1).await.expect_err("it is not prepared");
        let exchanges = host.get("exchanges").await;
        assert!(!exchanges.as_array().unwrap().iter().any(|exchange| exchange["name"] == EXCHANGE));
        let queues = host.get("queues").await;
        assert_eq!(queues.as_array().unwrap().len(), 0, "{DEAD} among them");
    });
}
