//! A broker that is short of memory or disk space, and takes nothing from publishers.

use crate::support::{Host, broker_at, eventually, everything, inbox, login, outgoing};
use hexad_contract::run;
use hexad_ports::{Content, EventSource, Prepare, Probe, Publication, Publisher, Settlement, error_chain};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::broadcast,
    time::timeout,
};

const SOON: Duration = Duration::from_secs(5);

/// A method frame of class connection on channel 0 (AMQP 0-9-1, section 4.2.3; RabbitMQ's extension).
fn frame(method: u8, arguments: &[u8]) -> Vec<u8> {
    let length = u8::try_from(4 + arguments.len()).unwrap();
    let mut frame = vec![1, 0, 0, 0, 0, 0, length, 0, 10, 0, method];
    frame.extend_from_slice(arguments);
    frame.push(0xce);
    frame
}

fn blocked() -> Vec<u8> {
    frame(60, b"\x0alow memory")
}

fn unblocked() -> Vec<u8> {
    frame(61, b"")
}

/// A proxy that says to its clients what it is told to as well: an alarm of the broker's own would be all tests'.
async fn prompter(server: String) -> (String, broadcast::Sender<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (say, _) = broadcast::channel::<Vec<u8>>(8);
    let heard = say.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            let mut heard = heard.subscribe();
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let up = tokio::io::copy(&mut from_client, &mut to_server);
                let down = async {
                    let mut buffer = vec![0; 64 * 1024];
                    loop {
                        // The broker is silent while it is told something, so that is between two frames.
                        tokio::select! {
                            read = from_server.read(&mut buffer) => match read {
                                Ok(read @ 1..) => to_client.write_all(&buffer[..read]).await.unwrap(),
                                _ => return,
                            },
                            Ok(said) = heard.recv() => to_client.write_all(&said).await.unwrap(),
                        }
                    }
                };
                tokio::select! { _ = up => {}, () = down => {} }
            });
        }
    });
    (address, say)
}

#[test]
fn while_publishers_are_blocked_nothing_is_published_and_the_answer_comes_at_once() {
    run(async {
        let host = Host::new().await;
        let (address, say) = prompter(host.stage.address.clone()).await;
        let broker = broker_at(&host.stage.through(&address), "test");
        // Consuming goes on meanwhile, over a connection that the broker does not block.
        let source = host.broker().source(inbox(4));
        let publisher = broker.publisher(everything());
        publisher.prepare().await.unwrap();
        source.prepare().await.unwrap();
        let first = login("ada");
        let published = publisher.publish(&outgoing(std::slice::from_ref(&first))).await;
        assert!(matches!(published.as_slice(), [Publication::Confirmed]), "{published:?}");

        say.send(blocked()).unwrap();
        let check = eventually("bad health", SOON, async || broker.check().await.err()).await;
        assert!(error_chain(&check).contains("memory or disk"), "{}", error_chain(&check));
        for _ in 0..3 {
            let batch = outgoing(&[login("grace")]);
            let answer = timeout(Duration::from_secs(1), publisher.publish(&batch)).await;
            let answer = answer.expect("an answer at once");
            let [Publication::Failed(why)] = answer.as_slice() else { panic!("{answer:?}") };
            assert!(error_chain(why).contains("memory or disk"), "{}", error_chain(why));
        }
        let delivery = source.receive(1).await.unwrap().remove(0);
        assert_eq!(delivery.content, Content::Event(first));
        source.settle(&delivery.tag, Settlement::Done).await.unwrap();

        say.send(unblocked()).unwrap();
        let last = login("last");
        eventually("publishing again", SOON, async || {
            let published = publisher.publish(&outgoing(std::slice::from_ref(&last))).await;
            matches!(published.as_slice(), [Publication::Confirmed]).then_some(())
        })
        .await;
        broker.check().await.unwrap();
        let delivery = source.receive(1).await.unwrap().remove(0);
        assert_eq!(delivery.content, Content::Event(last), "nothing of meanwhile was published");
    });
}
