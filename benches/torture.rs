//! What the tests do a few times, done often: lost answers, killed applies, a large configuration.
//!
//! `cargo bench --bench torture -- lost-answers`, `-- killed` or `-- load` prints a table; without a name all three.
//! A number after the name changes how often: creates, applies, integrations. It fails when something was lost, doubled
//! or left running.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints its table, and stops where it cannot go on"
)]

use std::process::ExitCode;
use std::time::Duration;

use provider_testing::killing::{Aftermath, Battlefield, Blow};

/// How long ConductorOne takes to answer a call of the large configuration.
const LATENCY: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let number = words.get(1).and_then(|word| word.parse().ok());
    let wanted = |name: &str| words.first().is_none_or(|word| word == name);
    assert!(
        words.first().is_none_or(|word| ["lost-answers", "killed", "load"].contains(&word.as_str())),
        "say lost-answers, killed or load"
    );
    let mut holds = true;
    if wanted("lost-answers") {
        holds &= lost_answers(number.unwrap_or(1_000)).await;
    }
    if wanted("killed") {
        holds &= killed(u32::try_from(number.unwrap_or(200)).unwrap()).await;
    }
    if wanted("load") {
        many(number.unwrap_or(1_000)).await;
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether each has one connector after two applies.
async fn lost_answers(creates: usize) -> bool {
    let came = provider_testing::storm::storm(creates).await;
    println!("{creates} creates, 10 at a time in 3 apps, each answer lost at a random point");
    println!("| answers lost | in the state after the first apply | after the second | orphans | missing |");
    println!("| --- | --- | --- | --- | --- |");
    let known = came.first_apply + came.second_apply;
    println!("| {} | {} | {known} | {} | {} |\n", came.struck, came.first_apply, came.orphans, came.missing);
    (known, came.orphans, came.missing) == (creates, 0, 0)
}

/// Whether the next applies make everything good.
async fn killed(applies: u32) -> bool {
    let mut holds = true;
    let mut battlefield = Battlefield::new().await;
    println!("{applies} applies of an app with 3 integrations, killed at a random moment");
    println!(
        "| blow | applies | struck in the middle | states cut off by Terraform | invented | processes left | next applies that failed | orphans | of \
         them named in the next plan |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for blow in Blow::ALL {
        let mut aftermath = Aftermath::default();
        for _ in 0..applies / 4 {
            battlefield.round(blow, &mut aftermath).await;
        }
        let Aftermath { rounds, in_the_middle, torn, invented, processes, failed, orphans, named } = aftermath;
        println!(
            "| {blow:?} | {rounds} | {in_the_middle} | {torn} | {invented} | {processes} | {failed} | {orphans} | {named} |"
        );
        holds &= (invented, processes, failed, orphans) == (0, 0, 0, 0);
    }
    println!();
    holds
}

async fn many(integrations: usize) {
    let apps = integrations.div_ceil(20);
    let phases = provider_testing::load::load(integrations, apps, LATENCY).await;
    println!(
        "{integrations} integrations in {apps} apps, -parallelism={}, {LATENCY:?} each call",
        provider_testing::load::PARALLELISM
    );
    println!(
        "| phase | calls to ConductorOne | for each integration | to Okta | 429 waited out | time | of that, the calls' \
         latency at the least | plugin's peak |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for phase in phases {
        let calls: usize = phase.conductorone.values().sum();
        #[expect(clippy::cast_precision_loss, reason = "a table")]
        let (each, mib) = (calls as f64 / integrations as f64, phase.peak_kib as f64 / 1024.0);
        // The sandbox's own syncs ask Okta too.
        let okta =
            if phase.okta.is_empty() { "–".to_owned() } else { phase.okta.values().sum::<usize>().to_string() };
        let floor = LATENCY * u32::try_from(calls).unwrap() / provider_testing::load::PARALLELISM;
        println!(
            "| {} | {calls} | {each:.2} | {okta} | {} | {:.1?} | {floor:.1?} | {mib:.1} MiB |",
            phase.name, phase.limited, phase.wall
        );
    }
}
