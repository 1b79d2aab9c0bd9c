//! The failure tests at a larger scale: dropped responses, interrupted applies, a large configuration. Prints the tables
//! of `docs/reliability.md`.
//!
//! `cargo bench --bench torture -- dropped-responses`, `-- killed` or `-- load` prints one table; without a name, all three. A
//! number after the name sets the number of creates, applies or integrations. The process fails if an object is lost or
//! duplicated, or if a plugin process is left.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints a table, and stops on an error")]

use std::process::ExitCode;
use std::time::Duration;

use provider_testing::interruption::{InterruptedApplies, Interruption, Outcome};
use provider_testing::{dropped_creates, load};

/// Latency of ConductorOne's responses for the large configuration.
const LATENCY: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let number = words.get(1).and_then(|word| word.parse().ok());
    let wanted = |name: &str| words.first().is_none_or(|word| word == name);
    assert!(
        words.first().is_none_or(|word| ["dropped-responses", "killed", "load"].contains(&word.as_str())),
        "the first argument must be dropped-responses, killed or load"
    );
    let mut holds = true;
    if wanted("dropped-responses") {
        holds &= dropped_responses(number.unwrap_or(1_000)).await;
    }
    if wanted("killed") {
        holds &= interrupted_applies(u32::try_from(number.unwrap_or(200)).unwrap()).await;
    }
    if wanted("load") {
        large_configuration(number.unwrap_or(1_000)).await;
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns true if each integration has one connector after two applies.
async fn dropped_responses(creates: usize) -> bool {
    let counts = dropped_creates::run(creates).await;
    println!("{creates} creates in 3 apps, 10 at a time, each response dropped at a random point");
    println!(
        "| dropped responses | in the state after the first apply | in the state after the second apply \
         | connectors without a state entry | state entries without a connector |"
    );
    println!("| --- | --- | --- | --- | --- |");
    let known = counts.first_apply + counts.second_apply;
    println!("| {} | {} | {known} | {} | {} |\n", counts.dropped, counts.first_apply, counts.untracked, counts.missing);
    (known, counts.untracked, counts.missing) == (creates, 0, 0)
}

/// Returns true if each next apply converges, and its plan names each untracked connector in an app of the state.
async fn interrupted_applies(applies: u32) -> bool {
    let mut holds = true;
    let mut world = InterruptedApplies::new().await;
    println!("{applies} applies of an app with 3 integrations, interrupted at a random moment");
    println!(
        "| interruption | applies | interrupted while objects were changing | state files emptied by Terraform \
         | state entries without an object | plugin processes left | failed next applies \
         | objects without a state entry | of these, named by the next plan |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for interruption in Interruption::ALL {
        let mut outcome = Outcome::default();
        for _ in 0..applies / 4 {
            world.round(interruption, &mut outcome).await;
        }
        let name = match interruption {
            Interruption::KillPlugin => "SIGKILL of the plugin",
            Interruption::KillTerraform => "SIGKILL of Terraform",
            Interruption::Interrupt => "Ctrl-C once",
            Interruption::InterruptTwice => "Ctrl-C twice",
        };
        let Outcome { applies, during_changes, emptied_states, missing_objects, remaining_processes, .. } = outcome;
        let Outcome { failed_applies, untracked, named, unnamed_connectors, .. } = outcome;
        println!(
            "| {name} | {applies} | {during_changes} | {emptied_states} | {missing_objects} | {remaining_processes} \
             | {failed_applies} | {untracked} | {named} |"
        );
        holds &= (missing_objects, remaining_processes, failed_applies, unnamed_connectors) == (0, 0, 0, 0);
    }
    println!();
    holds
}

async fn large_configuration(integrations: usize) {
    let apps = integrations.div_ceil(20);
    let phases = load::load(integrations, apps, LATENCY).await;
    println!(
        "{integrations} integrations in {apps} apps, -parallelism={}, {LATENCY:?} per response",
        load::PARALLELISM
    );
    println!(
        "| phase | requests to ConductorOne | per integration | requests to Okta | 429 responses | duration \
         | minimum latency of the requests | peak memory of a plugin |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for phase in phases {
        let calls: usize = phase.conductorone.values().sum();
        #[expect(clippy::cast_precision_loss, reason = "a table rounds its figures")]
        let (each, mib) = (calls as f64 / integrations as f64, phase.peak_kib as f64 / 1024.0);
        let okta = phase.okta.map(|okta| okta.values().sum::<usize>().to_string());
        let okta = okta.unwrap_or_else(|| "not counted".to_owned());
        let floor = LATENCY * u32::try_from(calls).unwrap() / load::PARALLELISM;
        println!(
            "| {} | {calls} | {each:.2} | {okta} | {} | {:.1?} | {floor:.1?} | {mib:.1} MiB |",
            phase.name, phase.limited, phase.wall
        );
    }
}
