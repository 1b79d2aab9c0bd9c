//! Pages of Okta's lists: `limit`, an opaque `after`, and `Link` headers on lines of their own.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::error::OktaError;
use super::org::Org;

/// The query of a list.
#[derive(Debug)]
pub(crate) struct Paging(HashMap<String, String>);

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    items: Vec<Value>,
    links: HeaderMap,
}

impl Page {
    pub(crate) fn empty() -> Self {
        Self { items: Vec::new(), links: HeaderMap::new() }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        (self.links, Json(self.items)).into_response()
    }
}

impl Paging {
    /// Refuses parameters that the sandbox does not offer yet: a list that passes over a condition would be wrong.
    pub(crate) fn refuse(&self, names: &[&str]) -> Result<(), OktaError> {
        if names.iter().any(|name| self.0.contains_key(*name)) { Err(OktaError::invalid_search()) } else { Ok(()) }
    }

    /// The value in an expression `property eq "value"` under `parameter`, the only form that is offered.
    pub(crate) fn wanted(&self, parameter: &str, property: &str) -> Result<Option<&str>, OktaError> {
        let Some(expression) = self.0.get(parameter) else { return Ok(None) };
        let words: Vec<&str> = expression.split_whitespace().collect();
        match words.as_slice() {
            [left, operator, right] if *left == property && operator.eq_ignore_ascii_case("eq") => {
                let value = right.strip_prefix('"').and_then(|right| right.strip_suffix('"'));
                value.map(Some).ok_or_else(OktaError::invalid_search)
            }
            _ => Err(OktaError::invalid_search()),
        }
    }

    /// The page of `items` that was asked for. Sizes above `most` are clamped to it.
    pub(crate) fn page(
        &self,
        org: &Org,
        path: &str,
        default: usize,
        most: usize,
        items: impl Iterator<Item = Value>,
    ) -> Result<Page, OktaError> {
        let limit = match self.0.get("limit").map(|limit| limit.parse::<usize>()) {
            None => default,
            Some(Ok(limit)) if limit > 0 => limit.min(most),
            Some(_) => return Err(OktaError::validation("limit", "limit: must be a positive number")),
        };
        let start = match self.0.get("after") {
            None => 0,
            Some(cursor) => org.offset(cursor).ok_or_else(OktaError::invalid_paging)?,
        };
        let mut items: Vec<Value> = items.skip(start).take(limit + 1).collect();
        let more = items.len() > limit;
        items.truncate(limit);

        // What else was asked for goes along to the next page.
        let mut others = url::form_urlencoded::Serializer::new(String::new());
        others.extend_pairs(self.0.iter().filter(|(name, _)| !matches!(name.as_str(), "after" | "limit")));
        let others = others.finish();
        let others = if others.is_empty() { others } else { format!("&{others}") };
        let address = |cursor: Option<&str>| {
            let after = cursor.map(|cursor| format!("after={cursor}&")).unwrap_or_default();
            format!("<{}{path}?{after}limit={limit}{others}>", org.url())
        };
        let mut links = HeaderMap::new();
        let mut link = |address: String, relation: &str| {
            if let Ok(value) = HeaderValue::from_str(&format!("{address}; rel=\"{relation}\"")) {
                links.append(header::LINK, value);
            }
        };
        link(address(self.0.get("after").map(String::as_str)), "self");
        if more {
            link(address(Some(&org.cursor(start + limit))), "next");
        }
        Ok(Page { items, links })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = OktaError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, OktaError> {
        let query = Query::<HashMap<String, String>>::from_request_parts(parts, state).await;
        query.map(|Query(query)| Self(query)).map_err(|_| OktaError::invalid_paging())
    }
}
