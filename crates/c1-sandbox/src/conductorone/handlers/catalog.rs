//! Settings of the catalog's entries.

use axum::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::catalog;
use super::super::error::Rejection;

/// Body of a request for an entry's settings. The sandbox ignores `appId` and `connectorId`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SchemaRequest {
    catalog_id: Option<String>,
}

/// `POST /api/v1/connectorcatalog`: an entry's settings, in the older of the service's two formats.
pub(crate) async fn schema(Body(request): Body<SchemaRequest>) -> Result<Json<Value>, Rejection> {
    let entry = request.catalog_id.as_deref().and_then(catalog::entry);
    let entry = entry.ok_or_else(|| Rejection::not_found("connector catalog entry not found"))?;
    let text = |key: &'static str| (key, json!({"str": {"secret": key == entry.api_token, "valueValidator": null}}));
    let flag = |key: &'static str| (key, json!({"checkbox": {"checked": false}}));
    let texts = [entry.domain, entry.api_token].into_iter().chain(entry.texts.iter().copied()).map(text);
    let fields = texts.chain(entry.flags.iter().map(|(key, _)| flag(key))).map(|(key, mut field)| {
        field["name"] = key.into();
        // The service's labels of most fields are not published.
        field["displayName"] = key.replace('_', " ").into();
        for name in ["placeholder", "additionalPlaceholder", "helpUrl"] {
            field[name] = "".into();
        }
        field["dependsOnFields"] = json!([]);
        field["postCreate"] = false.into();
        field
    });
    Ok(Json(json!({
        "schema": {
            "displayName": entry.display_name,
            "fieldGroups": [],
            "fields": fields.collect::<Vec<_>>(),
            "helpUrl": "",
            "iconUrl": "",
            "isOauth2": false,
            "requiresExternalConnector": false,
            "supportsExternalResources": false,
        },
        "formSchema": null,
    })))
}
