//! Owners of a connector: resolving the configured ones, and setting them.

use std::collections::{BTreeMap, BTreeSet};

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use crate::provider::support::ids::is_id;
use crate::provider::support::values::SetOfStrings;
use conductorone_client::model::{Connector, User};
use conductorone_client::{Client, ConnectorUpdate, Error, PRIMARY_OWNER, UpdateMask, UpdatePath};

use super::OwnerIds;

/// Key of the resolved owners in private state, so that a refresh needs no search.
const RESOLVED: &str = "owners";

/// The ID of the user that each element of `owners` resolved to, by the element.
pub(crate) type ResolvedOwners = BTreeMap<String, String>;

/// Validates the argument offline.
///
/// # Errors
/// If an element is neither the ID nor the email of a user.
pub(crate) fn validate(owners: &SetOfStrings) -> Result<(), Diagnostics> {
    let elements = owners.known().into_iter().flatten();
    let wrong = elements
        .filter(|element| element.is_null() || element.text().is_some_and(|text| !is_id(text) && !is_email(text)));
    let errors = wrong.map(|element| {
        let shown = element.text().map_or("null".to_owned(), |text| format!("{text:?}"));
        Diagnostic::error(
            "Owner is neither an ID nor an email",
            format!(
                "{shown} in owners is neither the ID nor the email of a ConductorOne user. Use the user's email, or the ID \
                 from the address of the user's page: …/users/ID."
            ),
        )
        .at(AttributePath::to("owners"))
    });
    errors.collect::<Diagnostics>().into_result()
}

/// Returns whether a text looks like an email and not like an ID.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(char::is_whitespace)
}

fn texts(owners: &SetOfStrings) -> impl Iterator<Item = &str> {
    owners.known().into_iter().flatten().filter_map(Value::text)
}

/// Returns the users that elements resolve to, if that is known without a request. An ID resolves to itself.
pub(crate) fn resolved_ids(owners: &SetOfStrings, private: &Private) -> Option<OwnerIds> {
    let resolved: ResolvedOwners = private.get(RESOLVED).unwrap_or_default();
    owners.known()?;
    texts(owners)
        .map(|text| resolved.get(text).cloned().or_else(|| is_id(text).then(|| text.to_owned())))
        .collect::<Option<_>>()
}

/// Stores the resolved owners in private state.
pub(crate) fn remember(private: &mut Private, resolved: &ResolvedOwners) {
    private.set(RESOLVED, resolved);
}

/// Resolves the elements to users.
///
/// # Errors
/// If an element matches no user, or several.
pub(crate) async fn resolve(
    services: &ProviderData,
    owners: &SetOfStrings,
) -> Result<Vec<(String, User)>, Diagnostics> {
    let found = texts(owners).map(|text| async move { (text, services.users(text).await) });
    let (mut users, mut wrong) = (Vec::new(), Diagnostics::none());
    for (text, found) in futures::future::join_all(found).await {
        let problem = match found {
            Ok(found) => match <[User; 1]>::try_from(found) {
                Ok([user]) => {
                    users.push((text.to_owned(), user));
                    continue;
                }
                Err(none) if none.is_empty() => Diagnostic::error(
                    "Owner does not exist",
                    format!(
                        "ConductorOne has no user {text:?}. Check the spelling. ConductorOne lists its users under Users."
                    ),
                ),
                Err(several) => Diagnostic::error(
                    "Owner is not unique",
                    format!(
                        "Several users in ConductorOne have the email {text:?}: {}. Use the ID of the intended user.",
                        several
                            .iter()
                            .map(|user| format!("{} ({})", user.display_name, user.id))
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                ),
            },
            Err(error) => diagnostics::conductorone(&format!("look up the owner {text:?}"), &error),
        };
        wrong.push(problem.at(AttributePath::to("owners")));
    }
    wrong.into_result()?;
    Ok(users)
}

pub(crate) fn resolved(users: &[(String, User)]) -> ResolvedOwners {
    users.iter().map(|(text, user)| (text.clone(), user.id.clone())).collect()
}

/// Returns the owners after a refresh: as configured if they resolve to the returned ones, otherwise by ID.
pub(crate) fn refreshed(written: &SetOfStrings, connector: &Connector, private: &Private) -> SetOfStrings {
    if resolved_ids(written, private).is_some_and(|ids| has(connector, &ids)) {
        return written.clone();
    }
    let resolved: ResolvedOwners = private.get(RESOLVED).unwrap_or_default();
    let spelt = |id: &String| texts(written).find(|text| resolved.get(*text) == Some(id)).unwrap_or(id).to_owned();
    Value::Known(connector.user_ids.iter().filter(|id| !id.is_empty()).map(|id| Value::Known(spelt(id))).collect())
}

/// Compares owners, ignoring their order.
fn has(connector: &Connector, wanted: &OwnerIds) -> bool {
    connector.user_ids.iter().collect::<BTreeSet<_>>() == wanted.iter().collect()
}

/// Owners could not be set.
pub(crate) struct OwnersNotSet {
    /// The connector as last returned.
    pub(crate) connector: Box<Connector>,
    pub(crate) diagnostic: Diagnostic,
}

/// Ensures that a connector has the wanted owners after a write that returned `connector`. An update of a configured
/// connector may ignore owners, and a create without owners makes the caller the owner. The other routes are therefore
/// tried in turn: an update of the owners alone, the update for a delegated set-up, and the owners' own endpoint.
pub(crate) async fn reconcile(
    client: &Client,
    app_id: &str,
    mut connector: Connector,
    wanted: &OwnerIds,
) -> Result<Connector, OwnersNotSet> {
    let mut last_error = None;
    for route in [OwnerRoute::Update, OwnerRoute::DelegatedUpdate, OwnerRoute::OwnersEndpoint] {
        if has(&connector, wanted) {
            return Ok(connector);
        }
        tracing::info!(connector_id = connector.id, ?route, "the response contains other owners, setting them again");
        match route.apply(client, app_id, &connector, wanted).await {
            Ok(updated) => connector = updated,
            Err(error) => last_error = Some(error),
        }
    }
    if has(&connector, wanted) {
        return Ok(connector);
    }
    let error = last_error.map(|error| format!(" {}", diagnostics::chain(&error))).unwrap_or_default();
    let detail = format!(
        "The provider set the owners {}, and ConductorOne returned the owners {}.{error}\n\nCheck that each owner exists, is \
         enabled and has the role Super Administrator or Connector Administrator, then apply again.",
        listed(wanted.iter()),
        listed(connector.user_ids.iter())
    );
    let diagnostic =
        Diagnostic::error("ConductorOne returned different owners", detail).at(AttributePath::to("owners"));
    Err(OwnersNotSet { connector: Box::new(connector), diagnostic })
}

/// A request that sets the owners of an existing connector.
#[derive(Clone, Copy, Debug)]
enum OwnerRoute {
    Update,
    DelegatedUpdate,
    OwnersEndpoint,
}

impl OwnerRoute {
    async fn apply(
        self,
        client: &Client,
        app_id: &str,
        connector: &Connector,
        wanted: &OwnerIds,
    ) -> Result<Connector, Error> {
        let id = &connector.id;
        let user_ids: Vec<String> = wanted.iter().cloned().collect();
        let update = ConnectorUpdate {
            catalog_id: Some(connector.catalog_id.clone()),
            user_ids: Some(user_ids.clone()),
            ..ConnectorUpdate::default()
        };
        match (self, UpdateMask::new([UpdatePath::UserIds])) {
            (Self::Update, Some(mask)) => client.update_connector(app_id, id, &update, &mask).await,
            (Self::DelegatedUpdate, Some(mask)) => client.update_delegated_connector(app_id, id, &update, &mask).await,
            (Self::OwnersEndpoint, _) | (_, None) => {
                let roles = client.list_connector_owners(app_id, id, None).await?;
                let role = roles.first().map_or(PRIMARY_OWNER, |owner| owner.role_slug.as_str());
                client.set_connector_owners(app_id, id, role, &user_ids).await?;
                client.get_connector(app_id, id).await
            }
        }
    }
}

fn listed<'i>(ids: impl Iterator<Item = &'i String>) -> String {
    let ids: Vec<&str> = ids.map(String::as_str).collect();
    if ids.is_empty() { "(none)".to_owned() } else { ids.join(", ") }
}
