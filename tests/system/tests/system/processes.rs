//! The six programs side by side on one folder.

use hexad_system_tests::{PROGRAMS, Person, Programs, SOAP_1_1, Service, count, eventually, start_all};
use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// How often the programs are started together: `HEXAD_ROUNDS`, else a few times.
fn rounds() -> u32 {
    env::var("HEXAD_ROUNDS").map_or(3, |rounds| rounds.parse().expect("HEXAD_ROUNDS is a number"))
}

#[tokio::test]
async fn started_at_the_same_moment_on_an_empty_folder_all_come_up() {
    let (rounds, begun, mut slowest) = (rounds(), Instant::now(), Duration::ZERO);
    for _ in 0..rounds {
        let starting = Instant::now();
        let mut programs = Programs::start(&[]);
        for (_, service, health) in PROGRAMS {
            let service = programs.listening(service);
            assert_eq!(service.get(health).send().await.status, 200);
        }
        slowest = slowest.max(starting.elapsed());
        // They agree on the secret, else the token of one is nothing to the other.
        let ada = Person::new();
        ada.register(programs.service("user-soap")).await;
        let token = ada.log_in(programs.service("auth")).await;
        programs.service("session").get("/api/sessions/verify").bearer(&token).send().await.ok(200);
        programs.stop();
    }
    println!(
        "six programs started at once on an empty folder: {rounds} rounds, all up in at most {} ms, {} s in all",
        slowest.as_millis(),
        begun.elapsed().as_secs()
    );
}

#[tokio::test]
async fn a_login_in_one_process_opens_the_session_in_another_within_a_second() {
    let programs = start_all(&[]);
    let (auth, connected) = (programs.service("auth"), programs.service("connected"));
    let mut slowest = Duration::ZERO;
    for _ in 0..5 {
        let ada = Person::new();
        ada.register(programs.service("user-soap")).await;
        let token = ada.log_in(auth).await;
        let answered = Instant::now();
        eventually("the session", async || {
            let answer = programs.service("session").get("/last-connection").bearer(&token).send().await;
            (answer.status == 200).then_some(())
        })
        .await;
        slowest = slowest.max(answered.elapsed());
        let path = format!("/last-connection?username={}", ada.username());
        connected.get(&path).send().await.ok(200);
    }
    assert!(slowest < Duration::from_secs(1), "it took {} ms", slowest.as_millis());
    programs.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_registrations_in_two_processes_one_succeeds() {
    let mut programs = start_all(&[]);
    let mut second = programs.another("user-soap");
    let second_at = Service::at("user-soap", second.listening(1)["user-soap"]);
    let first_at = programs.listening("user-soap");
    for round in 0..3 {
        let name = format!("one-of-sixteen-{round}");
        let registering: Vec<_> = (0..16)
            .map(|number| {
                let twin = Person::new().with("username", &name);
                let service = if number % 2 == 0 { &first_at } else { &second_at };
                tokio::spawn(service.post("/register").body("text/xml", twin.envelope(SOAP_1_1)).send())
            })
            .collect();
        let mut registered = 0;
        for answer in registering {
            let answer = answer.await.unwrap();
            if answer.status == 200 {
                registered += 1;
            } else {
                let fault = answer.faults(SOAP_1_1, "Client", "duplicate");
                assert_eq!(fault.fields.keys().collect::<Vec<_>>(), ["username"]);
            }
        }
        assert_eq!(registered, 1);
    }
    let data = programs.data_dir();
    assert_eq!(count(&data, "SELECT count(*) FROM \"user\"").await, 3);
    let events = "SELECT count(*) FROM event WHERE json_extract(body, '$.event') = 'UserRegistered'";
    assert_eq!(count(&data, events).await, 3);
    second.terminate();
    assert_eq!(second.ended().0.code(), Some(0));
    programs.stop();
}

#[tokio::test]
async fn a_stop_finishes_the_request_that_runs_and_ends_with_0() {
    let mut programs = start_all(&[]);
    // Each of these reads a body, and says something of its own about this one. The sixth takes none.
    for (service, path, content_type, says) in [
        ("auth", "/login", "application/json", "missing_field"),
        ("user-soap", "/register", "text/xml", "malformed"),
        ("session", "/api/sessions", "application/json", "token_missing"),
        ("image", "/images", "multipart/form-data; boundary=b", "malformed"),
        ("user-lookup", "/user/soap", "text/xml", "malformed"),
    ] {
        let address = programs.service(service).address;
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {content_type}\r\nexpect: 100-continue\r\n\
             content-length: 2\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        // The service is in the middle of the request once it asks for the body.
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        let program = programs.take(service);
        program.terminate();
        eventually("it no longer accepts", async || TcpStream::connect(address).is_err().then_some(())).await;
        stream.write_all(b"{}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(says), "{service}: {answer}");
        let (status, _, log) = program.ended();
        assert_eq!(status.code(), Some(0), "{log}");
    }
    programs.stop();
}
