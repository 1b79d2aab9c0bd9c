//! `docs/reliability.md`: the table in it is made here, the rest by hand.

use std::path::Path;

use crate::cell::{LEFT_OUT, Row};
use crate::faults::COLUMNS;

const BEGIN: &str = "<!-- The table below is made by `UPDATE_DOCS=1 cargo test --test reliability`. -->\n";
const UPDATE: &str = "the table is out of date; UPDATE_DOCS=1 cargo test --test reliability writes it";
const END: &str = "<!-- End of the table. -->\n";

/// The table as Markdown.
pub fn table(rows: &[Row]) -> String {
    let cells: usize = rows
        .iter()
        .flat_map(|row| &row.cells)
        .map(|(once, always)| usize::from(once.symbol() != ' ') + usize::from(always.symbol() != ' '))
        .sum();
    let mut text = format!("{} calls of {} operations, {cells} cells.\n", rows.len(), operations(rows));
    text.push_str("\n| column | what happens to the call |\n| --- | --- |\n");
    for column in &COLUMNS {
        text.push_str(&format!("| `{}` | {} |\n", column.name, column.meaning));
    }
    text.push_str("\n```text\n");
    let mut last = "";
    for row in rows {
        if row.operation.title() != last {
            last = row.operation.title();
            let names: String = COLUMNS.iter().map(|column| format!("{:>4}", column.name)).collect();
            text.push_str(&format!("\n{:<58}{names}\n", last.replace('`', "")));
        }
        let service = format!("{:?}", row.call.service);
        let call =
            format!("  {:<7}{} {}", row.call.method, if service == "Okta" { "okta" } else { "c1  " }, row.call.path);
        let marks = row.cells.iter().map(|(once, always)| format!("  {}{}", once.symbol(), always.symbol()));
        let line = format!("{call:<58}{}", marks.collect::<String>());
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str("```\n");
    text
}

fn operations(rows: &[Row]) -> usize {
    let mut titles: Vec<&str> = rows.iter().map(|row| row.operation.title()).collect();
    titles.dedup();
    titles.len()
}

/// Whether the table is to be written and not compared.
pub fn is_to_be_written() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// Writes the table where that is wanted; else expects it to be there.
pub fn check(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the table");
    let (written, after) = rest.split_once(END).expect("the table has an end");
    let wanted = format!("\n{table}\n");
    if is_to_be_written() {
        std::fs::write(&path, format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(written.lines().count(), wanted.lines().count(), "{UPDATE}");
    for (written, wanted) in written.lines().zip(wanted.lines()) {
        let same = written.chars().count() == wanted.chars().count()
            && written.chars().zip(wanted.chars()).all(|(written, wanted)| wanted == LEFT_OUT || written == wanted);
        assert!(same, "{UPDATE}:\n{written}\n{}", wanted.replace(LEFT_OUT, "."));
    }
}
