//! Ctrl-C while an apply waits for the sync.

use std::time::Duration;

use c1_sandbox::Options;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::AsyncReadExt;

use provider_testing::harness::{World, assert_no_provider_bug};
use provider_testing::killing::{Aftermath, Battlefield, Blow};

#[tokio::test]
async fn an_apply_that_is_killed_at_any_moment_is_made_good_by_the_next_one() {
    let mut battlefield = Battlefield::new().await;
    for blow in Blow::ALL {
        let mut aftermath = Aftermath::default();
        // One to delete and one to create.
        for _ in 0..2 {
            battlefield.round(blow, &mut aftermath).await;
        }
        let Aftermath { invented, processes, failed, orphans, .. } = aftermath;
        assert_eq!((invented, processes, failed, orphans), (0, 0, 0, 0), "{blow:?}: {aftermath:?}");
    }
}

#[tokio::test]
async fn an_interrupt_ends_the_wait_at_once_and_keeps_what_exists() {
    let world = World::new(Options { sync_duration: Duration::from_secs(3600), ..Options::default() }).await;
    let mut apply = world.workspace.start(&["apply", "-input=false", "-no-color", "-auto-approve"]).unwrap();
    let waiting = async {
        while world.connectors().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("nothing was created");
    let pid = Pid::from_raw(i32::try_from(apply.id().unwrap()).unwrap());
    kill(pid, Signal::SIGINT).unwrap();
    tokio::time::timeout(Duration::from_secs(60), apply.wait()).await.expect("the apply goes on").unwrap();

    let mut output = String::new();
    apply.stdout.take().unwrap().read_to_string(&mut output).await.unwrap();
    apply.stderr.take().unwrap().read_to_string(&mut output).await.unwrap();
    let prose = output.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert_no_provider_bug(&prose);
    assert!(prose.contains("Stopped waiting for the Okta sync"), "{prose}");
    assert_eq!(world.state().await["id"], world.connector().await["id"]);
    world.expect_no_changes().await;
}
