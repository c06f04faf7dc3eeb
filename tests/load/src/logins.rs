//! Logins as fast as they are answered.

use crate::{
    people::{People, log_in},
    programs::Hashing,
    server::Server,
    statistics::{median, percentile},
};
use futures_util::future::join_all;
use std::time::{Duration, Instant};

/// How many log in one after the other, to see how long one takes.
const ALONE: usize = 20;

/// What a round has found.
pub(crate) struct Round {
    a_second: f64,
    cpu_each: Duration,
    lone: Duration,
    half: Duration,
}

/// How long a login takes when there is no other.
pub(crate) async fn alone(server: &Server, people: &People) -> Duration {
    let mut took = vec![];
    for number in 0..ALONE {
        let begun = Instant::now();
        let answer = log_in(people.get(number), &server.service).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        took.push(begun.elapsed());
    }
    percentile(&mut took, 50)
}

/// How many there are when each client logs in again as soon as it is answered.
pub(crate) async fn many(server: &Server, people: &People, time: Duration, lone: Duration) -> Round {
    let (cpu, begun) = (server.cpu(), Instant::now());
    let clients = people.iter().map(async |person| {
        let mut took = vec![];
        while begun.elapsed() < time {
            let sent = Instant::now();
            let answer = log_in(person, &server.service).await.expect("an answer");
            match answer.status {
                200 => took.push(sent.elapsed()),
                // A client that is told to come again does not ask at once.
                503 => tokio::time::sleep(Duration::from_secs(1)).await,
                status => panic!("{status}: {}", answer.text()),
            }
        }
        took
    });
    let mut took: Vec<Duration> = join_all(clients).await.into_iter().flatten().collect();
    let seconds = begun.elapsed().as_secs_f64();
    let count = u32::try_from(took.len()).unwrap_or(u32::MAX).max(1);
    Round {
        a_second: f64::from(count) / seconds,
        cpu_each: (server.cpu() - cpu) / count,
        lone,
        half: percentile(&mut took, 50),
    }
}

/// Prints the table, and returns how many times more logins the second has than the first.
pub(crate) fn print(found: &[(Hashing, Vec<Round>); 2]) -> f64 {
    println!(
        "| hashing by | logins a second, median (all rounds) | ms of CPU each | a lone login, ms | one of many, median, ms |"
    );
    println!("| --- | --- | --- | --- | --- |");
    let rates = found.each_ref().map(|(hashing, rounds)| {
        let of = |what: fn(&Round) -> f64| median(rounds.iter().map(what).collect());
        let rate = of(|round| round.a_second);
        let all: Vec<String> = rounds.iter().map(|round| format!("{:.0}", round.a_second)).collect();
        let millis = |what: f64| what * 1_000.0;
        println!(
            "| {hashing} | {rate:.1} ({}) | {:.1} | {:.1} | {:.0} |",
            all.join(", "),
            millis(of(|round| round.cpu_each.as_secs_f64())),
            millis(of(|round| round.lone.as_secs_f64())),
            millis(of(|round| round.half.as_secs_f64())),
        );
        rate
    });
    let [plain, lanes] = rates;
    lanes / plain
}
