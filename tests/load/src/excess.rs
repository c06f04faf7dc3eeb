//! More logins than can be hashed in time, and what the refused are told.

use crate::{
    people::{People, log_in},
    server::Server,
    verdict::Excess,
};
use futures_util::future::join_all;
use std::time::{Duration, Instant};

/// Has so many log in at the same moment, and the refused again when they were told to. Prints what came of it, and
/// returns how far what they were told was right: that the queue that they did not get into was done by then, and not
/// long before. `None` where nobody was refused.
pub(crate) async fn measure(server: &Server, people: &People, burst: usize) -> Option<Excess> {
    let auth = &server.service;
    let answers = join_all((0..burst).map(async |number| {
        let answer = log_in(people.get(number), auth).await.expect("an answer");
        (answer.status, answer.header("retry-after").parse::<u64>().ok(), Instant::now())
    }))
    .await;
    let granted: Vec<Instant> =
        answers.iter().filter(|answer| answer.0 == 200).map(|answer| answer.2).collect();
    let refused: Vec<(u64, Instant)> = answers
        .iter()
        .filter(|answer| answer.0 != 200)
        .map(|(status, retry_after, when)| {
            assert_eq!(*status, 503);
            (retry_after.expect("a Retry-After in seconds"), *when)
        })
        .collect();
    let done = granted.iter().max()?;
    println!("{} were granted, {} refused with 503.", granted.len(), refused.len());
    if refused.is_empty() {
        return None;
    }
    let truth = |when: &Instant| done.saturating_duration_since(*when).as_secs_f64();
    let factors = refused.iter().map(|(told, when)| *told as f64 / truth(when));
    let (least, most) =
        factors.fold((f64::MAX, 0.0_f64), |(least, most), one| (least.min(one), most.max(one)));
    let told = refused.iter().map(|(told, _)| *told);
    println!(
        "They were told to come again in {} to {} s, which is {least:.2} to {most:.2} times what it took until those \
         before them were done.",
        told.clone().min().unwrap_or_default(),
        told.max().unwrap_or_default(),
    );
    let again = join_all(refused.iter().enumerate().map(async |(number, (told, when))| {
        tokio::time::sleep_until((*when + Duration::from_secs(*told)).into()).await;
        log_in(people.get(number), auth).await.expect("an answer").status
    }))
    .await;
    let now = again.iter().filter(|status| **status == 200).count();
    println!("Of those who came again then, {now} of {} were granted.", again.len());
    Some(Excess { told: (least, most), again: again.len(), granted: now })
}
