//! The data source `conductorone_okta_inventory`: the objects of an Okta org, the gaps of a sync, and its minimum
//! duration.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics::{self, as_sentence};
use crate::provider::support::okta_arguments::{parse_domain, parse_token};
use okta_inventory::{CrawlError, Detail, Estimate, InventoryCounts, Selection, Summary, Unreadable};

/// Counts the objects of an Okta org, and estimates the duration of a sync. Sends only requests that read: one per 200
/// users, groups or apps and, with `detail = "full"`, at least one for each group and app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OktaInventoryDataSourceModel {
    /// Domain of the Okta org, such as `acme.okta.com`, with or without `https://`, or a custom domain.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub domain: Value<String>,
    /// API token of the Okta org. Stored in the state as plain text, like every argument of a data source.
    #[schemars(extend("x-tf" = { "required": true, "sensitive": true }))]
    pub api_token: Value<Secret>,
    /// Level of detail. `counts` reads lists and the counts that they contain. `full` also reads the members of each
    /// group and app, which takes at least one request each. Defaults to `counts`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub detail: Value<String>,
    /// Omit inactive apps from the estimate, as in `conductorone_okta_integration`. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub skip_inactive_apps: Value<bool>,
    /// Include deprovisioned users in the sync, as in `conductorone_okta_integration`. The data source always reads and
    /// counts them. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub sync_deprovisioned_users: Value<bool>,
    /// ID of the Okta org at `domain`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub okta_org_id: Value<String>,
    /// Number of users by status, such as `ACTIVE`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub users: Value<BTreeMap<String, i64>>,
    /// Number of groups by type: `OKTA_GROUP`, `APP_GROUP`, `BUILT_IN`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub groups: Value<BTreeMap<String, i64>>,
    /// Number of apps by status: `ACTIVE`, `INACTIVE`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub apps: Value<BTreeMap<String, i64>>,
    /// Number of group memberships, including the group Everyone. Null if Okta's lists do not contain the count.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub memberships: Value<i64>,
    /// Number of groups assigned to apps. Null if Okta's lists do not contain the count.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub group_assignments: Value<i64>,
    /// Number of users assigned to apps, directly or through groups. Null unless `detail` is `full`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub app_assignments: Value<i64>,
    /// Number of users assigned to apps directly. Null unless `detail` is `full`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub direct_app_assignments: Value<i64>,
    /// Number of users with an admin role. Null unless `detail` is `full` and the token has permission to read roles.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub administrators: Value<i64>,
    /// Number of objects that the configured flags exclude from the sync: `deprovisioned_users` and `inactive_apps`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub left_out: Value<BTreeMap<String, i64>>,
    /// Objects that the token has no permission to read, with Okta's response. The counts do not include them.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub unreadable: Value<Vec<String>>,
    /// Number of requests that the data source sent.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub requests: Value<i64>,
    /// Minimum duration of a connector's sync under the org's rate limits, in seconds. 0 if all requests of the sync
    /// fit into one rate-limit window.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub least_sync_seconds: Value<i64>,
    /// Recommendations that make syncs faster or more complete.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub advice: Value<Vec<String>>,
}

/// The data source `conductorone_okta_inventory`.
#[derive(Debug)]
pub struct OktaInventoryDataSource;

impl DataSource for OktaInventoryDataSource {
    type Model = OktaInventoryDataSourceModel;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_okta_inventory";

    fn validate(&self, _cx: &Context<ProviderData>, config: &OktaInventoryDataSourceModel) -> Result<(), Diagnostics> {
        let mut problems = Diagnostics::none();
        problems.extend(config.domain.text().and_then(|text| parse_domain(text).err()));
        problems.extend(config.api_token.known().and_then(|secret| parse_token("api_token", secret).err()));
        problems.extend(parse_detail(config).err());
        problems.into_result()
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        config: OktaInventoryDataSourceModel,
    ) -> Result<OktaInventoryDataSourceModel, Diagnostics> {
        let services = cx.data()?;
        let domain = parse_domain(config.domain.text().unwrap_or_default())?;
        let token = parse_token("api_token", config.api_token.known().unwrap_or(&Secret::from("")))?;
        let detail = parse_detail(&config)?;
        let organization = services.organization(&domain).await?;
        let client = organization.with_token(token);
        // The crawl includes the objects that the flags exclude, so that `left_out` can count them.
        let selection =
            Selection { skip_inactive_apps: false, deprovisioned_users: true, aws_saml_roles: false, detail };
        let mut tally = InventoryCounts::new();
        let crawled = okta_inventory::crawl(&client, selection, &mut tally).await;
        let summary = crawled.map_err(|error| match error {
            CrawlError::Okta(error) => diagnostics::okta(&domain, "api_token", &error),
            CrawlError::Sink(never) => match never {},
        })?;
        let estimate = tally.estimate(|bucket| client.quota(bucket));
        Ok(OktaInventoryDataSourceModel {
            okta_org_id: Value::Known(organization.id().to_owned()),
            ..config.with_counts(detail, &tally, &summary, estimate)
        })
    }
}

fn parse_detail(config: &OktaInventoryDataSourceModel) -> Result<Detail, Diagnostic> {
    match config.detail.text() {
        None | Some("counts") => Ok(Detail::Counts),
        Some("full") => Ok(Detail::Full),
        Some(other) => Err(Diagnostic::error(
            "Level of detail does not exist",
            format!("detail is {other:?}. Set it to \"counts\", which is the default, or to \"full\"."),
        )
        .at(AttributePath::to("detail"))),
    }
}

impl OktaInventoryDataSourceModel {
    fn with_counts(
        self,
        detail: Detail,
        tally: &InventoryCounts,
        summary: &Summary,
        estimate: Option<Estimate>,
    ) -> Self {
        let is_full = detail == Detail::Full;
        let if_full = |count: u64| Value::from(is_full.then_some(number(count)));
        let could_read_roles = !summary.unreadable.keys().any(|unreadable| unreadable.what == "administrators")
            && summary.permissions.reads_org_roles();
        Self {
            users: Value::Known(numbers(&tally.users)),
            groups: Value::Known(numbers(&tally.groups)),
            apps: Value::Known(numbers(&tally.apps)),
            memberships: tally.memberships.map(number).into(),
            group_assignments: tally.group_assignments.map(number).into(),
            app_assignments: if_full(tally.app_users),
            direct_app_assignments: if_full(tally.direct_app_users),
            administrators: (is_full && could_read_roles).then_some(number(tally.administrators)).into(),
            left_out: Value::Known(self.excluded(tally)),
            unreadable: Value::Known(summary.unreadable.iter().map(unreadable).collect()),
            requests: Value::Known(number(summary.requests)),
            least_sync_seconds: estimate.map(|estimate| number(estimate.seconds)).into(),
            advice: Value::Known(advice(summary, estimate)),
            ..self
        }
    }

    /// Returns the number of objects that each flag excludes from a sync.
    fn excluded(&self, tally: &InventoryCounts) -> BTreeMap<String, i64> {
        let is_set = |flag: &Value<bool>| *flag.known().unwrap_or(&false);
        let mut excluded = BTreeMap::new();
        if !is_set(&self.sync_deprovisioned_users) {
            excluded.insert("deprovisioned_users".to_owned(), of(&tally.users, "DEPROVISIONED"));
        }
        if is_set(&self.skip_inactive_apps) {
            excluded.insert("inactive_apps".to_owned(), of(&tally.apps, "INACTIVE"));
        }
        excluded
    }
}

fn unreadable((unreadable, objects): (&Unreadable, &u64)) -> String {
    let times = if *objects > 1 { format!(" ({objects} times)") } else { String::new() };
    format!("{}{times}: {}", unreadable.what, as_sentence(&unreadable.why))
}

/// Returns recommendations, the most effective first.
fn advice(summary: &Summary, estimate: Option<Estimate>) -> Vec<String> {
    let mut advice = Vec::new();
    if let Some(estimate) = estimate.filter(|estimate| estimate.seconds > 0) {
        let source = if estimate.quota.is_reported { "Okta returned" } else { "Okta documents" };
        advice.push(format!(
            "A sync takes at least {} minutes: it sends about {} requests to {}, for which {source} a rate limit of {} \
             per minute. By default, a token may use half of each limit. To halve the duration, raise the token's \
             share to 100 % in the Okta Admin Console under Security > API > Tokens.",
            estimate.seconds.div_ceil(60),
            estimate.requests,
            estimate.bucket.as_str(),
            estimate.quota.limit
        ));
    }
    advice.extend(summary.permissions.warnings.iter().map(|warning| as_sentence(&warning.to_string())));
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
