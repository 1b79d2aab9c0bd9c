//! Questions to the rows that are shown.

use rusqlite::{Connection, Row, params_from_iter};
use serde_json::{Value, json};

use super::super::error::Rejection;
use super::super::paging::Paging;
use super::super::tenant::Tenant;
use super::super::users::Reference;

/// Conditions of a list. An empty list of values is no condition.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) apps: Vec<String>,
    pub(super) connectors: Vec<String>,
    /// Column and values.
    pub(super) any_of: Vec<(&'static str, Vec<String>)>,
    /// Column and values that are not wanted.
    pub(super) none_of: Vec<(&'static str, Vec<String>)>,
    /// Columns of which one contains this text, whatever its case.
    pub(super) contains: Option<(&'static [&'static str], String)>,
}

impl Conditions {
    /// What an app has, which must live, with values of columns.
    pub(super) fn of_app(
        tenant: &Tenant,
        app_id: &str,
        any_of: Vec<(&'static str, Vec<String>)>,
    ) -> Result<Self, Rejection> {
        tenant.read(|data| data.app(app_id).map(drop))?;
        Ok(Self { apps: vec![app_id.to_owned()], any_of, ..Self::default() })
    }
}

/// The IDs of a search's list and of its references together.
pub(super) fn ids(list: Option<Vec<String>>, references: Option<Vec<Reference>>) -> Vec<String> {
    let references = references.unwrap_or_default().into_iter().map(|reference| reference.id);
    list.unwrap_or_default().into_iter().chain(references).collect()
}

/// The apps of a search that names one and a list of them.
pub(super) fn apps(one: Option<String>, list: Option<Vec<String>>) -> Vec<String> {
    list.unwrap_or_default().into_iter().chain(one.filter(|id| !id.is_empty())).collect()
}

/// What is asked of the rows.
pub(super) struct Question {
    /// The columns, with the tables and how they are joined. The syncs are `sync`.
    pub(super) select: &'static str,
    /// Columns that the list is ordered by, which tell each row from all others. They come last in `select`.
    pub(super) order: &'static [&'static str],
    /// Whether rows that agree in these columns are one.
    pub(super) is_grouped: bool,
}

/// One page of the rows that are shown of the connectors that live, and the token of the next.
pub(super) fn page<T>(
    tenant: &Tenant,
    paging: &Paging,
    question: &Question,
    conditions: &Conditions,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<(Vec<T>, String), Rejection> {
    let mut values: Vec<String> = Vec::new();
    let mut wheres = vec!["sync.state = 'current'".to_owned()];
    let mut list = |values: &mut Vec<String>, column: &str, wanted: &[String], not: &str| {
        values.push(json!(wanted).to_string());
        wheres.push(format!("{column} {not}IN (SELECT value FROM json_each(?{}))", values.len()));
    };
    let living: Vec<String> = tenant.read(|data| {
        let of_app = |app: &str| conditions.apps.is_empty() || conditions.apps.iter().any(|wanted| wanted == app);
        let connectors = data.connectors.iter().filter(|connector| connector.deleted_at.is_none());
        let connectors =
            connectors.filter(|connector| of_app(&connector.app_id) && data.app(&connector.app_id).is_ok());
        connectors.map(|connector| connector.id.clone()).collect()
    });
    list(&mut values, "sync.connector", &living, "");
    for (column, wanted) in conditions.any_of.iter().chain([&("sync.connector", conditions.connectors.clone())]) {
        if !wanted.is_empty() {
            list(&mut values, column, wanted, "");
        }
    }
    for (column, unwanted) in conditions.none_of.iter().filter(|(_, unwanted)| !unwanted.is_empty()) {
        list(&mut values, column, unwanted, "NOT ");
    }
    if let Some((columns, text)) = conditions.contains.as_ref().filter(|(_, text)| !text.is_empty()) {
        values.push(text.to_lowercase());
        let each = columns.iter().map(|column| format!("instr(lower({column}), ?{}) > 0", values.len()));
        wheres.push(format!("({})", each.collect::<Vec<_>>().join(" OR ")));
    }
    if let Some(last) = paging.after()? {
        let last: Vec<String> = serde_json::from_str(&last).map_err(|_| Rejection::invalid("invalid page token"))?;
        if last.len() != question.order.len() {
            return Err(Rejection::invalid("invalid page token"));
        }
        let places: Vec<String> = (1..=last.len()).map(|place| format!("?{}", values.len() + place)).collect();
        // SQLite compares numbers with numbers only.
        let places = places.iter().zip(question.order).map(|(place, column)| {
            if column.ends_with(".sync") { format!("CAST({place} AS INTEGER)") } else { place.clone() }
        });
        wheres.push(format!("({}) > ({})", question.order.join(", "), places.collect::<Vec<_>>().join(", ")));
        values.extend(last);
    }
    let order = question.order.join(", ");
    let group = if question.is_grouped { format!("GROUP BY {order} ") } else { String::new() };
    let sql = format!(
        "{} WHERE {} {group}ORDER BY {order} LIMIT {}",
        question.select,
        wheres.join(" AND "),
        paging.size() + 1
    );
    let rows = tenant.synced().with(|rows| {
        let mut statement = rows.prepare_cached(&sql)?;
        let columns = statement.column_count();
        let keys = columns - question.order.len()..columns;
        let found = statement.query_map(params_from_iter(&values), |row| {
            let key: Vec<String> = keys.clone().map(|column| text(row, column)).collect::<rusqlite::Result<_>>()?;
            Ok((key, read(row)?))
        })?;
        found.collect::<rusqlite::Result<Vec<_>>>()
    });
    let rows = rows.map_err(|error| Rejection::internal(format!("the synced rows could not be read: {error}")))?;
    let (rows, next) = paging.cut(rows, |(key, _)| json!(key).to_string());
    Ok((rows.into_iter().map(|(_, row)| row).collect(), next))
}

/// A number or a text, as a text.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get::<_, rusqlite::types::Value>(column)? {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        _ => String::new(),
    })
}

/// The only row, or 404.
pub(super) fn only<T>(found: Vec<T>, what: &str) -> Result<T, Rejection> {
    found.into_iter().next().ok_or_else(|| Rejection::not_found(format!("{what} not found")))
}

/// The answer of a list.
pub(super) fn answer(list: Vec<Value>, next: String) -> Value {
    answer_with(list, next, Vec::new())
}

/// The answer of a list with its related objects.
pub(super) fn answer_with(list: Vec<Value>, next: String, expanded: Vec<Value>) -> Value {
    json!({"list": list, "nextPageToken": next, "expanded": expanded})
}

/// How often a resource is held, by how many accounts that are known.
pub(super) fn grant_count(rows: &Connection, sync: i64, kind: &str, external: &str) -> rusqlite::Result<i64> {
    let count = "SELECT count(DISTINCT held.account) FROM held JOIN account
                   ON account.sync = held.sync AND account.external = held.account
                 WHERE held.sync = ?1 AND held.kind = ?2 AND held.external = ?3";
    rows.prepare_cached(count)?.query_row(rusqlite::params![sync, kind, external], |row| row.get(0))
}
