//! Injects every fault into every request of the provider. No object may be lost, left untracked or duplicated, and each
//! message must contain the next step.
//!
//! `UPDATE_DOCS=1 cargo test --test reliability` runs all cases and writes `matrix.txt` and the aggregate in
//! `docs/reliability.md`. Without the variable, the test runs a fixed quarter of the cases and compares both files.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot continue must stop with the location")]

mod cell;
mod faults;
mod operations;
mod page;
mod proxy;
mod trust;
mod world;

use std::sync::Mutex;

use cell::Row;
use faults::{COLUMNS, Injection};
use operations::Operation;
use world::World;

/// Number of operations that run at the same time.
const THREADS: usize = 4;

/// Returns all cells of an operation. TLS is slow, so only the fault that requires it runs with TLS.
async fn rows_of(operation: Operation, complete: bool) -> Vec<Row> {
    let needs_tls = |injection| injection == Injection::UntrustedCertificate;
    let with_tls = World::new(operation, true).await.rows(complete, needs_tls).await;
    let mut rows = World::new(operation, false).await.rows(complete, |injection| !needs_tls(injection)).await;
    assert_eq!(rows.len(), with_tls.len(), "the requests of {operation:?}");
    for (row, with_tls) in rows.iter_mut().zip(with_tls) {
        assert!(row.call.is_same_as(&with_tls.call), "{:?} and {:?}", row.call, with_tls.call);
        let cells = row.cells.iter_mut().zip(with_tls.cells).zip(&COLUMNS);
        cells.filter(|(_, column)| needs_tls(column.injection)).for_each(|((cell, other), _)| *cell = other);
        row.wrong.extend(with_tls.wrong);
    }
    rows
}

#[test]
fn no_fault_in_any_request_loses_or_duplicates_an_object() {
    if trust::run_with_authority("no_fault_in_any_request_loses_or_duplicates_an_object") {
        return;
    }
    let complete = page::is_update();
    let pending = Mutex::new(Operation::ALL.iter().enumerate().collect::<Vec<_>>());
    let rows: Mutex<Vec<(usize, Vec<Row>)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                loop {
                    let Some((index, operation)) = pending.lock().unwrap().pop() else { break };
                    let found = runtime.block_on(rows_of(*operation, complete));
                    rows.lock().unwrap().push((index, found));
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap();
    rows.sort_by_key(|(index, _)| *index);
    let rows: Vec<Row> = rows.into_iter().flat_map(|(_, rows)| rows).collect();
    let wrong: Vec<&str> = rows.iter().flat_map(|row| &row.wrong).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} cases fail:\n{}", wrong.len(), wrong.join("\n"));
    page::write_or_compare(&rows);
}
