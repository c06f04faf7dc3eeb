//! What logins leave to other requests.

use crate::{
    people::{People, log_in},
    server::Server,
    statistics::percentile,
};
use futures_util::future::{join, join_all};
use hexad_system_tests::{Call, Service};
use std::time::{Duration, Instant};

/// How long nobody asks between two requests to one route.
const PAUSE: Duration = Duration::from_millis(10);

/// A route that hashes nothing, and the answers that it may give.
struct Route {
    name: &'static str,
    statuses: &'static [u16],
    call: Call,
}

fn routes(auth: &Service, token: &str) -> Vec<Route> {
    let route = |name, statuses, call| Route { name, statuses, call };
    vec![
        route("GET /livez", &[200], auth.get("/livez")),
        route("GET /readyz", &[200], auth.get("/readyz")),
        route("GET /auth/health", &[200], auth.get("/auth/health")),
        route("GET /profile", &[200], auth.get("/profile").bearer(token)),
        route("GET /profile without a token", &[403], auth.get("/profile")),
        route("GET /profile with a bad token", &[401], auth.get("/profile").bearer("e30.e30.e30")),
        route("GET /test-db", &[200], auth.get("/test-db")),
        route("GET /test-event", &[200, 429], auth.get("/test-event")),
        route("POST /login that is malformed", &[400], auth.post("/login").body("application/json", "{")),
        route("GET /nowhere", &[404], auth.get("/nowhere")),
    ]
}

/// Asks each route while everybody logs in, prints the table, and returns the slowest p99.
pub(crate) async fn measure(server: &Server, people: &People, time: Duration) -> Duration {
    let auth = &server.service;
    let token = people.get(0).log_in(auth).await;
    let begun = Instant::now();
    let logins = join_all(people.iter().map(async |person| {
        let (mut granted, mut refused) = (0_u32, 0_u32);
        while begun.elapsed() < time {
            match log_in(person, auth).await.expect("an answer").status {
                200 => granted += 1,
                503 => {
                    refused += 1;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                status => panic!("{status}"),
            }
        }
        (granted, refused)
    }));
    let probes = join_all(routes(auth, &token).into_iter().map(async |route| {
        let mut took = vec![];
        while begun.elapsed() < time {
            let sent = Instant::now();
            let answer = route.call.clone().try_send().await.expect("an answer");
            assert!(route.statuses.contains(&answer.status), "{}: {}", route.name, answer.status);
            took.push(sent.elapsed());
            tokio::time::sleep(PAUSE).await;
        }
        (route.name, took)
    }));
    let (logins, probes) = join(logins, probes).await;

    println!("| route | requests | median, ms | p99, ms | slowest, ms |");
    println!("| --- | --- | --- | --- | --- |");
    let mut slowest = Duration::ZERO;
    for (name, mut took) in probes {
        let [half, p99, last] = [50, 99, 100].map(|percent| percentile(&mut took, percent));
        let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
        println!(
            "| `{name}` | {} | {:.1} | {:.1} | {:.1} |",
            took.len(),
            millis(half),
            millis(p99),
            millis(last)
        );
        slowest = slowest.max(p99);
    }
    let (granted, refused) = logins.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("\n{granted} logins were granted meanwhile, {refused} refused.");
    slowest
}
