//! Pages of Okta's lists: `limit`, an opaque `after`, and `Link` headers on lines of their own.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use super::error::OktaError;
use super::expression::{Expression, Grammar};
use super::org::Org;
use crate::behaviour::{ExpandInNext, ListOrder};

/// The query of a list, and where it was asked.
#[derive(Debug)]
pub(crate) struct Paging {
    query: HashMap<String, String>,
    host: Option<String>,
    path: String,
    /// The caller requested users without their credentials. Source: Okta developer docs, "List users".
    pub(crate) is_short: bool,
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    /// A JSON array.
    body: Vec<u8>,
    links: HeaderMap,
}

impl Page {
    pub(crate) fn empty() -> Self {
        Self { body: b"[]".to_vec(), links: HeaderMap::new() }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        (self.links, json, self.body).into_response()
    }
}

impl Paging {
    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// Returns whether `expand` contains a name.
    pub(crate) fn expands(&self, what: &str) -> bool {
        self.get("expand").is_some_and(|list| list.split(',').any(|item| item.trim() == what))
    }

    /// Refuses parameters that the sandbox does not offer: a list that passes over a condition would be wrong.
    pub(crate) fn refuse(&self, names: &[&str]) -> Result<(), OktaError> {
        if names.iter().any(|name| self.query.contains_key(*name)) { Err(OktaError::invalid_search()) } else { Ok(()) }
    }

    /// The expression under a parameter.
    pub(crate) fn expression(&self, parameter: &str, grammar: &Grammar) -> Result<Option<Expression>, OktaError> {
        self.get(parameter).map(|text| Expression::parse(text, grammar)).transpose()
    }

    /// The page that was asked for. `items` gives the list from a place on, each item with the place after it. Sizes
    /// above `most` are clamped to it, those below `least` too.
    pub(crate) fn page<I, F, V>(
        &self,
        org: &Org,
        (least, default, most): (usize, usize, usize),
        items: impl FnOnce(Option<u64>) -> I,
    ) -> Result<Page, OktaError>
    where
        I: Iterator<Item = (u64, F)>,
        F: FnOnce() -> V,
        V: Serialize,
    {
        let limit = self.limit(least, default, most)?;
        let mut items = items(self.start(org)?);
        let unwritten = |_| OktaError::with_status(StatusCode::INTERNAL_SERVER_ERROR);
        let (mut body, mut taken, mut after) = (vec![b'['], 0, 0);
        let mut shuffled = Vec::new();
        let is_shuffled = org.behaviour().list_order == ListOrder::Unstable && !self.query.contains_key("sortBy");
        for (place, item) in items.by_ref().take(limit) {
            (taken, after) = (taken + 1, place);
            if is_shuffled {
                shuffled.insert(rand::random_range(0..=shuffled.len()), item());
                continue;
            }
            if taken > 1 {
                body.push(b',');
            }
            serde_json::to_writer(&mut body, &item()).map_err(unwritten)?;
        }
        body.push(b']');
        if is_shuffled {
            body = serde_json::to_vec(&shuffled).map_err(unwritten)?;
        }
        let is_more = taken == limit && items.next().is_some();
        let mut links = HeaderMap::new();
        let mut link = |cursor: Option<&str>, relation: &str| {
            let is_short = relation == "next" && org.behaviour().expand_in_next == ExpandInNext::Dropped;
            let address = self.address(org, cursor, limit, if is_short { &["expand"] } else { &[] });
            if let Ok(value) = HeaderValue::from_str(&format!("<{address}>; rel=\"{relation}\"")) {
                links.append(header::LINK, value);
            }
        };
        link(self.get("after"), "self");
        if is_more {
            link(Some(&org.cursor(after)), "next");
        }
        Ok(Page { body, links })
    }

    /// A page of the lists that say in their body where the next one is.
    pub(crate) fn page_in_body<I>(
        &self,
        org: &Org,
        name: &str,
        (default, most): (usize, usize),
        items: impl FnOnce(Option<u64>) -> I,
    ) -> Result<Json<Value>, OktaError>
    where
        I: Iterator<Item = (u64, Value)>,
    {
        let limit = self.limit(1, default, most)?;
        let mut items = items(self.start(org)?);
        let (mut taken, mut after) = (Vec::new(), 0);
        for (place, item) in items.by_ref().take(limit) {
            taken.push(item);
            after = place;
        }
        let mut body = serde_json::json!({ name: taken, "_links": {} });
        if items.next().is_some() {
            let next = self.address(org, Some(&org.cursor(after)), limit, &[]);
            body["_links"]["next"] = serde_json::json!({ "href": next });
        }
        Ok(Json(body))
    }

    fn limit(&self, least: usize, default: usize, most: usize) -> Result<usize, OktaError> {
        match self.get("limit").map(str::parse::<usize>) {
            None => Ok(default),
            Some(Ok(limit)) if limit > 0 => Ok(limit.clamp(least, most)),
            Some(_) => Err(OktaError::validation("limit", "limit: must be a positive number")),
        }
    }

    fn start(&self, org: &Org) -> Result<Option<u64>, OktaError> {
        self.get("after").map(|cursor| org.cursor_place(cursor).ok_or_else(OktaError::invalid_paging)).transpose()
    }

    /// An address of this list on the host that was called. What else was asked for goes along, unless it is left out.
    fn address(&self, org: &Org, cursor: Option<&str>, limit: usize, left_out: &[&str]) -> String {
        let mut others = url::form_urlencoded::Serializer::new(String::new());
        let mut names: Vec<&String> = self
            .query
            .keys()
            .filter(|name| !matches!(name.as_str(), "after" | "limit") && !left_out.contains(&name.as_str()))
            .collect();
        names.sort();
        names.iter().for_each(|name| {
            others.append_pair(name, &self.query[*name]);
        });
        let others = others.finish();
        let others = if others.is_empty() { others } else { format!("&{others}") };
        let after = cursor.map(|cursor| format!("after={cursor}&")).unwrap_or_default();
        format!("{}{}?{after}limit={limit}{others}", self.base(org), self.path)
    }

    /// The org's own address, or that of its plain listener beside one that speaks TLS.
    fn base(&self, org: &Org) -> String {
        let Some(host) = &self.host else { return org.url().to_owned() };
        let port = |text: &str| text.rsplit_once(':').map(|(_, port)| port.to_owned());
        let scheme =
            if port(host) == port(org.url()) { org.url().split("://").next().unwrap_or("http") } else { "http" };
        format!("{scheme}://{host}")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = OktaError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, OktaError> {
        let Query(query) = Query::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|_| OktaError::invalid_paging())?;
        let text = |name: header::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let host = text(header::HOST).or_else(|| parts.uri.authority().map(|authority| authority.as_str()));
        let is_short = text(header::CONTENT_TYPE).is_some_and(|value| value.contains("omitCredentials"));
        Ok(Self { query, host: host.map(str::to_owned), path: parts.uri.path().to_owned(), is_short })
    }
}
