//! Paginated reads of the current syncs.

use rusqlite::{Row, params_from_iter};
use serde_json::json;

use super::super::error::Rejection;
use super::super::paging::Paging;
use super::database::Database;

/// Columns and tables of a read.
pub(crate) struct Selection {
    /// The statement up to its conditions. It names the table of syncs `sync`.
    pub(crate) sql: &'static str,
    /// Columns that order and identify the rows. They are the last ones of the statement.
    pub(crate) order: &'static [&'static str],
    /// Groups rows that agree in these columns.
    pub(crate) is_grouped: bool,
}

/// A column and values.
pub(crate) type ColumnValues = (&'static str, Vec<String>);

/// Conditions of a read. An empty list of values is no condition.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    /// Only objects of these apps.
    pub(crate) app_ids: Vec<String>,
    /// Only objects of these connectors.
    pub(crate) connector_ids: Vec<String>,
    /// Columns that must have one of the values.
    pub(crate) any_of: Vec<ColumnValues>,
    /// Columns that must have none of the values.
    pub(crate) none_of: Vec<ColumnValues>,
    /// Columns of which one must contain the text, case-insensitive.
    pub(crate) contains: Option<(&'static [&'static str], String)>,
}

impl Conditions {
    /// Adds the conditions to a statement, except the one on apps.
    fn add_to(&self, statement: &mut Statement) {
        for (column, values) in self.any_of.iter().chain([&("sync.connector", self.connector_ids.clone())]) {
            if !values.is_empty() {
                statement.add_list(column, values, "");
            }
        }
        for (column, values) in self.none_of.iter().filter(|(_, values)| !values.is_empty()) {
            statement.add_list(column, values, "NOT ");
        }
        if let Some((columns, text)) = self.contains.as_ref().filter(|(_, text)| !text.is_empty()) {
            let number = statement.add_value(text.to_lowercase());
            let each = columns.iter().map(|column| format!("instr(lower({column}), ?{number}) > 0"));
            statement.conditions.push(format!("({})", each.collect::<Vec<_>>().join(" OR ")));
        }
    }
}

/// Conditions and parameters of an SQL statement.
#[derive(Default)]
struct Statement {
    conditions: Vec<String>,
    values: Vec<String>,
}

impl Statement {
    /// Adds a parameter and returns its number.
    fn add_value(&mut self, value: String) -> usize {
        self.values.push(value);
        self.values.len()
    }

    fn add_list(&mut self, column: &str, values: &[String], not: &str) {
        let number = self.add_value(json!(values).to_string());
        self.conditions.push(format!("{column} {not}IN (SELECT value FROM json_each(?{number}))"));
    }

    /// Adds the condition that rows follow the one with this key.
    fn add_last_key(&mut self, order: &[&str], last: &str) -> Result<(), Rejection> {
        let invalid = || Rejection::invalid("invalid page token");
        let last: Vec<String> = serde_json::from_str(last).map_err(|_| invalid())?;
        if last.len() != order.len() {
            return Err(invalid());
        }
        let parameters = last.into_iter().zip(order).map(|(value, column)| {
            let number = self.add_value(value);
            // SQLite compares numbers with numbers only.
            if column.ends_with(".sync") { format!("CAST(?{number} AS INTEGER)") } else { format!("?{number}") }
        });
        let parameters: Vec<String> = parameters.collect();
        self.conditions.push(format!("({}) > ({})", order.join(", "), parameters.join(", ")));
        Ok(())
    }
}

impl Database {
    /// Returns one page of rows, and the token of the next page. Rows come from the current syncs of the connectors
    /// `visible`; the caller applies the condition on apps by choosing these.
    pub(crate) fn page<T>(
        &self,
        paging: &Paging,
        Selection { sql, order, is_grouped }: &Selection,
        visible: &[String],
        conditions: &Conditions,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<(Vec<T>, String), Rejection> {
        let mut statement = Statement::default();
        statement.conditions.push("sync.state = 'current'".to_owned());
        statement.add_list("sync.connector", visible, "");
        conditions.add_to(&mut statement);
        if let Some(last) = paging.last_key()? {
            statement.add_last_key(order, &last)?;
        }
        let Statement { conditions, values } = statement;
        let (conditions, columns, limit) = (conditions.join(" AND "), order.join(", "), paging.size() + 1);
        let group = if *is_grouped { format!("GROUP BY {columns} ") } else { String::new() };
        let sql = format!("{sql} WHERE {conditions} {group}ORDER BY {columns} LIMIT {limit}");
        let rows = self.with(|rows| {
            let mut statement = rows.prepare_cached(&sql)?;
            let keys = statement.column_count() - order.len()..statement.column_count();
            let found = statement.query_map(params_from_iter(&values), |row| {
                let key: Vec<String> = keys.clone().map(|column| text(row, column)).collect::<rusqlite::Result<_>>()?;
                Ok((key, read(row)?))
            })?;
            found.collect::<rusqlite::Result<Vec<_>>>()
        });
        let rows = rows.map_err(|error| Rejection::internal(format!("could not read the synced objects: {error}")))?;
        let (rows, next) = paging.cut(rows, |(key, _)| json!(key).to_string());
        Ok((rows.into_iter().map(|(_, row)| row).collect(), next))
    }
}

/// Reads a number or a text as a text.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get::<_, rusqlite::types::Value>(column)? {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        _ => String::new(),
    })
}
