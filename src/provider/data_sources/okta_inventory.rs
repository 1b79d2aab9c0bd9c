//! The data source `conductorone_okta_inventory`: what is in an Okta org, what a sync would leave out and miss, and how
//! long it takes at the least.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use okta_inventory::{CrawlError, Detail, Estimate, InventoryCounts, Selection, Summary, Unreadable};

use super::okta_token::{domain, token};
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics::sentence;
use crate::provider::support::probe;

/// Counts what is in an Okta org with a token, and estimates what a sync of it costs. Reads only. Makes a request for
/// every 200 users, groups and apps or, with `detail = "full"`, one for every group and app besides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OktaInventoryData {
    /// Domain of the Okta org: `acme.okta.com`, with or without `https://`, or the org's custom domain.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub domain: Value<String>,
    /// The token. Like every argument of a data source it is kept in the state as plain text.
    #[schemars(extend("x-tf" = { "required": true, "sensitive": true }))]
    pub api_token: Value<Secret>,
    /// `counts` reads lists with their counts, `full` also who belongs to each group and app, which takes a request or more
    /// for each. Defaults to `counts`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub detail: Value<String>,
    /// As in `conductorone_okta_integration`: leave inactive apps out of what is estimated. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub skip_inactive_apps: Value<bool>,
    /// As in `conductorone_okta_integration`: sync deprovisioned users. Defaults to `false`. They are read and counted in
    /// any case.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub sync_deprovisioned_users: Value<bool>,
    /// ID of the org, as the org itself tells.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub okta_org_id: Value<String>,
    /// Users by status, such as `ACTIVE`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub users: Value<BTreeMap<String, i64>>,
    /// Groups by type: `OKTA_GROUP`, `APP_GROUP`, `BUILT_IN`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub groups: Value<BTreeMap<String, i64>>,
    /// Apps by status: `ACTIVE`, `INACTIVE`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub apps: Value<BTreeMap<String, i64>>,
    /// Memberships in groups, Everyone included. Null where Okta does not count them.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub memberships: Value<i64>,
    /// Assignments of groups to apps. Null where Okta does not count them.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub group_assignments: Value<i64>,
    /// Assignments of users to apps, those through groups included. Null unless `detail` is `full`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub app_assignments: Value<i64>,
    /// Those that did not come through a group. Null unless `detail` is `full`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub direct_app_assignments: Value<i64>,
    /// Users with an admin role. Null unless `detail` is `full` and the token may read roles.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub administrators: Value<i64>,
    /// What the flags leave out: `deprovisioned_users` and `inactive_apps`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub left_out: Value<BTreeMap<String, i64>>,
    /// What the token may not read, and what Okta said. Counts without it are no proof that there is no more.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub unreadable: Value<Vec<String>>,
    /// Requests that this took.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub requests: Value<i64>,
    /// Seconds that a sync of ConductorOne's connector takes at the least under the org's rate limits; 0 where all its
    /// requests fit into one window of the limits.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub least_sync_seconds: Value<i64>,
    /// What would make syncs faster or more complete.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub advice: Value<Vec<String>>,
}

/// The data source.
#[derive(Debug)]
pub struct OktaInventoryDataSource;

impl DataSource for OktaInventoryDataSource {
    type Model = OktaInventoryData;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_okta_inventory";

    fn validate(&self, _cx: &Context<ProviderData>, config: &OktaInventoryData) -> Result<(), Diagnostics> {
        let mut wrong = Diagnostics::none();
        wrong.extend(config.domain.text().and_then(|text| domain(text).err()));
        wrong.extend(config.api_token.known().and_then(|secret| token(secret).err()));
        wrong.extend(detail(config).err());
        wrong.into_result()
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        config: OktaInventoryData,
    ) -> Result<OktaInventoryData, Diagnostics> {
        let services = cx.data()?;
        let domain = domain(config.domain.text().unwrap_or_default())?;
        let token = token(config.api_token.known().unwrap_or(&Secret::from("")))?;
        let detail = detail(&config)?;
        let organization = services.organization(&domain).await?;
        let client = organization.with_token(token);
        // What the flags leave out is counted too, and left out here.
        let selection =
            Selection { skip_inactive_apps: false, deprovisioned_users: true, aws_saml_roles: false, detail };
        let mut tally = InventoryCounts::new();
        let crawled = okta_inventory::crawl(&client, selection, &mut tally).await;
        let summary = crawled.map_err(|error| match error {
            CrawlError::Okta(error) => probe::diagnostic(&domain, "api_token", &error),
            CrawlError::Sink(never) => match never {},
        })?;
        let estimate = tally.estimate(|bucket| client.quota(bucket));
        Ok(data(config, organization.id(), detail, &tally, &summary, estimate))
    }
}

fn detail(config: &OktaInventoryData) -> Result<Detail, Diagnostic> {
    match config.detail.text() {
        None | Some("counts") => Ok(Detail::Counts),
        Some("full") => Ok(Detail::Full),
        Some(other) => Err(Diagnostic::error(
            "Detail is not known",
            format!("{other:?} is neither \"counts\", which is the default, nor \"full\"."),
        )
        .at(AttributePath::to("detail"))),
    }
}

fn data(
    config: OktaInventoryData,
    org_id: &str,
    detail: Detail,
    tally: &InventoryCounts,
    summary: &Summary,
    estimate: Option<Estimate>,
) -> OktaInventoryData {
    let is_full = detail == Detail::Full;
    let if_full = |count: u64| Value::from(is_full.then_some(number(count)));
    let reads_roles = !summary.unreadable.keys().any(|unreadable| unreadable.what == "administrators");
    let leaves_out = |flag: &Value<bool>, default: bool| *flag.known().unwrap_or(&default);
    let mut left_out = BTreeMap::new();
    if !leaves_out(&config.sync_deprovisioned_users, false) {
        left_out.insert("deprovisioned_users".to_owned(), of(&tally.users, "DEPROVISIONED"));
    }
    if leaves_out(&config.skip_inactive_apps, false) {
        left_out.insert("inactive_apps".to_owned(), of(&tally.apps, "INACTIVE"));
    }
    OktaInventoryData {
        okta_org_id: Value::Known(org_id.to_owned()),
        users: Value::Known(numbers(&tally.users)),
        groups: Value::Known(numbers(&tally.groups)),
        apps: Value::Known(numbers(&tally.apps)),
        memberships: tally.memberships.map(number).into(),
        group_assignments: tally.group_assignments.map(number).into(),
        app_assignments: if_full(tally.app_users),
        direct_app_assignments: if_full(tally.direct_app_users),
        administrators: (is_full && reads_roles && summary.permissions.reads_org_roles())
            .then_some(number(tally.administrators))
            .into(),
        left_out: Value::Known(left_out),
        unreadable: Value::Known(summary.unreadable.iter().map(unreadable).collect()),
        requests: Value::Known(number(summary.requests)),
        least_sync_seconds: estimate.map(|estimate| number(estimate.seconds)).into(),
        advice: Value::Known(advice(summary, estimate)),
        ..config
    }
}

fn unreadable((what, objects): (&Unreadable, &u64)) -> String {
    let times = if *objects > 1 { format!(" ({objects} times)") } else { String::new() };
    format!("{}{times}: {}", what.what, sentence(&what.why))
}

/// What would help, most helpful first.
fn advice(summary: &Summary, estimate: Option<Estimate>) -> Vec<String> {
    let mut advice = Vec::new();
    if let Some(estimate) = estimate.filter(|estimate| estimate.seconds > 0) {
        let told = if estimate.quota.is_reported { "allows" } else { "allows by Okta's documentation" };
        advice.push(format!(
            "A sync takes {} minutes or more: it makes about {} requests to {}, and the rate limit {told} {} a minute. \
             Okta gives a token half of each limit by default; raising the token's share to 100 % in the Okta Admin \
             Console under Security > API > Tokens halves this time.",
            estimate.seconds.div_ceil(60),
            estimate.requests,
            estimate.bucket.as_str(),
            estimate.quota.limit
        ));
    }
    advice.extend(summary.permissions.warnings.iter().map(|warning| sentence(&warning.to_string())));
    advice
}

fn of(counts: &BTreeMap<String, u64>, name: &str) -> i64 {
    number(counts.get(name).copied().unwrap_or_default())
}

fn numbers(counts: &BTreeMap<String, u64>) -> BTreeMap<String, i64> {
    counts.iter().map(|(name, count)| (name.clone(), number(*count))).collect()
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
