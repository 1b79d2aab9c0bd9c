//! Interrupted applies.

use std::time::Duration;

use c1_sandbox::Options;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::AsyncReadExt;

use provider_testing::harness::{World, assert_no_provider_bug};
use provider_testing::interruption::{InterruptedApplies, Interruption, Outcome};

#[tokio::test]
async fn next_apply_converges_after_an_apply_is_interrupted_at_any_moment() {
    let mut world = InterruptedApplies::new().await;
    for interruption in Interruption::ALL {
        let mut outcome = Outcome::default();
        // The first round deletes the objects, the second creates them.
        for _ in 0..2 {
            world.round(interruption, &mut outcome).await;
        }
        let Outcome { missing_objects, remaining_processes, failed_applies, unnamed_connectors, .. } = outcome;
        let failures = (missing_objects, remaining_processes, failed_applies, unnamed_connectors);
        assert_eq!(failures, (0, 0, 0, 0), "{interruption:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn interrupt_ends_the_wait_for_the_sync_and_keeps_the_connector() {
    let world = World::new(Options { sync_duration: Duration::from_secs(3600), ..Options::default() }).await;
    let mut apply = world.workspace.start(&["apply", "-input=false", "-no-color", "-auto-approve"]).unwrap();
    let created = async {
        while world.connectors().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), created).await.expect("no connector was created");
    let pid = Pid::from_raw(i32::try_from(apply.id().unwrap()).unwrap());
    kill(pid, Signal::SIGINT).unwrap();
    tokio::time::timeout(Duration::from_secs(60), apply.wait()).await.expect("the apply did not end").unwrap();

    let mut output = String::new();
    apply.stdout.take().unwrap().read_to_string(&mut output).await.unwrap();
    apply.stderr.take().unwrap().read_to_string(&mut output).await.unwrap();
    let prose = output.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert_no_provider_bug(&prose);
    assert!(prose.contains("Stopped waiting for the Okta sync"), "{prose}");
    assert_eq!(world.state().await["id"], world.connector().await["id"]);
    world.expect_no_changes().await;
}
