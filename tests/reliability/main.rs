//! Every call that the provider makes, met by every fault: nothing lost, nothing left behind, nothing twice, and a
//! message that says what to do. The outcome is the table in `docs/reliability.md`.
//!
//! `UPDATE_DOCS=1 cargo test --test reliability` tries every cell and writes the table. Without the variable a quarter
//! of the cells is tried, the same ones each time, and the table has to agree.

#![cfg(feature = "sandbox")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say where")]

#[path = "../support/clock.rs"]
mod clock;
#[path = "../support/rpc.rs"]
mod rpc;

mod cell;
mod faults;
mod gate;
mod operations;
mod page;
mod trust;
mod world;

use std::sync::Mutex;

use cell::Row;
use operations::Operation;
use world::World;

/// How many operations are tried at the same time.
const THREADS: usize = 4;

#[test]
fn every_call_meets_every_fault_and_nothing_is_lost_or_left_behind_or_made_twice() {
    if trust::elsewhere("every_call_meets_every_fault_and_nothing_is_lost_or_left_behind_or_made_twice") {
        return;
    }
    let complete = page::is_to_be_written();
    let waiting = Mutex::new(Operation::ALL.iter().enumerate().collect::<Vec<_>>());
    let rows: Mutex<Vec<(usize, Vec<Row>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                loop {
                    let Some((index, operation)) = waiting.lock().unwrap().pop() else { break };
                    let tried: Vec<Row> = runtime.block_on(async { World::new(*operation).await.rows(complete).await });
                    rows.lock().unwrap().push((index, tried));
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap();
    rows.sort_by_key(|(index, _)| *index);
    let rows: Vec<Row> = rows.into_iter().flat_map(|(_, rows)| rows).collect();
    let wrong: Vec<&str> = rows.iter().flat_map(|row| &row.wrong).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
    page::check(&page::table(&rows));
}
