//! Every call that the provider makes, met by every fault: nothing lost, nothing left behind, nothing twice, and a
//! message that says what to do. The outcome is the table in `docs/reliability.md`.
//!
//! `UPDATE_DOCS=1 cargo test --test reliability` tries every cell and writes the table. Without the variable a quarter
//! of the cells is tried, the same ones each time, and the table has to agree.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say where")]

mod cell;
mod faults;
mod gate;
mod operations;
mod page;
mod trust;
mod world;

use std::sync::Mutex;

use cell::Row;
use faults::{COLUMNS, Trouble};
use operations::Operation;
use world::World;

/// How many operations are tried at the same time.
const THREADS: usize = 4;

/// All cells of an operation. TLS takes its time, so only what needs it has it.
async fn rows_of(operation: Operation, complete: bool) -> Vec<Row> {
    let needs_tls = |trouble| trouble == Trouble::Untrusted;
    let with_tls = World::new(operation, true).await.rows(complete, needs_tls).await;
    let mut rows = World::new(operation, false).await.rows(complete, |trouble| !needs_tls(trouble)).await;
    assert_eq!(rows.len(), with_tls.len(), "the calls of {operation:?}");
    for (row, with_tls) in rows.iter_mut().zip(with_tls) {
        assert!(row.call.is_same_as(&with_tls.call), "{:?} and {:?}", row.call, with_tls.call);
        let cells = row.cells.iter_mut().zip(with_tls.cells).zip(&COLUMNS);
        cells.filter(|(_, column)| needs_tls(column.trouble)).for_each(|((cell, other), _)| *cell = other);
        row.wrong.extend(with_tls.wrong);
    }
    rows
}

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
                    let tried = runtime.block_on(rows_of(*operation, complete));
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
