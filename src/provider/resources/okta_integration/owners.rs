//! Owners of a connector: who they should be, and making the service agree.

use std::collections::{BTreeMap, BTreeSet};

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use crate::provider::support::ids::is_id;
use conductorone_client::model::{Connector, User};
use conductorone_client::{Client, ConnectorUpdate, Error, PRIMARY_OWNER, UpdateMask, UpdatePath};

use super::OwnerIds;

/// Where private data keeps which user each element meant, so that a refresh needs no search.
const MEANINGS: &str = "owners";

/// Which user each element of `owners` means, by the text of the element.
pub(crate) type Meanings = BTreeMap<String, String>;

/// Checks the argument offline.
///
/// # Errors
/// When an element can be neither the ID nor the email of a user.
pub(crate) fn validate(owners: &Value<BTreeSet<Value<String>>>) -> Result<(), Diagnostics> {
    let elements = owners.known().into_iter().flatten();
    let wrong = elements
        .filter(|element| element.is_null() || element.text().is_some_and(|text| !is_id(text) && !is_email(text)));
    let refused = wrong.map(|element| {
        let shown = element.text().map_or("null".to_owned(), |text| format!("{text:?}"));
        Diagnostic::error(
            "Owner is neither an ID nor an email",
            format!(
                "{shown} in owners cannot be a ConductorOne user. Write the user's email, or their ID, which is in the \
                 address of their page: …/users/ID."
            ),
        )
        .at(AttributePath::to("owners"))
    });
    refused.collect::<Diagnostics>().into_result()
}

/// Whether a text has the form of an email, as far as telling it from an ID goes.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(char::is_whitespace)
}

/// The elements that are known.
fn texts(owners: &Value<BTreeSet<Value<String>>>) -> impl Iterator<Item = &str> {
    owners.known().into_iter().flatten().filter_map(Value::text)
}

/// The users that elements mean, as far as that is known without asking: an ID means itself.
pub(crate) fn meant(owners: &Value<BTreeSet<Value<String>>>, private: &Private) -> Option<OwnerIds> {
    let meanings: Meanings = private.get(MEANINGS).unwrap_or_default();
    owners.known()?;
    texts(owners)
        .map(|text| meanings.get(text).cloned().or_else(|| is_id(text).then(|| text.to_owned())))
        .collect::<Option<_>>()
}

/// Remembers who the elements mean.
pub(crate) fn remember(private: &mut Private, meanings: &Meanings) {
    private.set(MEANINGS, meanings);
}

/// Asks ConductorOne who the elements mean.
///
/// # Errors
/// Whoever does not exist, or is several people.
pub(crate) async fn resolve(
    services: &ProviderData,
    owners: &Value<BTreeSet<Value<String>>>,
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
                        "ConductorOne has no user {text:?}. Check the spelling; users are listed in ConductorOne under Users."
                    ),
                ),
                Err(several) => Diagnostic::error(
                    "Owner is not unique",
                    format!(
                        "Several users in ConductorOne have the email {text:?}: {}. Write the ID of the one you mean.",
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

/// What the elements turned out to mean.
pub(crate) fn meanings(users: &[(String, User)]) -> Meanings {
    users.iter().map(|(text, user)| (text.clone(), user.id.clone())).collect()
}

/// The owners after a refresh: as written where they mean whom the service tells, else by ID.
pub(crate) fn refreshed(
    written: &Value<BTreeSet<Value<String>>>,
    connector: &Connector,
    private: &Private,
) -> Value<BTreeSet<Value<String>>> {
    if meant(written, private).is_some_and(|meant| has(connector, &meant)) {
        return written.clone();
    }
    let meanings: Meanings = private.get(MEANINGS).unwrap_or_default();
    let spelt = |id: &String| texts(written).find(|text| meanings.get(*text) == Some(id)).unwrap_or(id).to_owned();
    Value::Known(connector.user_ids.iter().filter(|id| !id.is_empty()).map(|id| Value::Known(spelt(id))).collect())
}

/// Whether the service has these owners, whatever their order.
fn has(connector: &Connector, wanted: &OwnerIds) -> bool {
    connector.user_ids.iter().collect::<BTreeSet<_>>() == wanted.iter().collect()
}

/// Makes sure that a connector has the wanted owners after a write whose answer is `answered`. An update of a
/// configured connector may not honour owners, and a create with none takes the caller, so the other ways are tried
/// until one is honoured: an update of the owners alone, the one for connectors that are not set up, the owners' own
/// endpoint.
///
/// # Errors
/// When the service keeps other owners, on the argument, with the connector as it is then.
pub(crate) async fn reconcile(
    client: &Client,
    app_id: &str,
    answered: Connector,
    wanted: &OwnerIds,
) -> Result<Connector, Box<(Connector, Diagnostics)>> {
    let mut connector = answered;
    let mut refused = None;
    for way in [Way::Update, Way::DelegatedUpdate, Way::OwnersEndpoint] {
        if has(&connector, wanted) {
            return Ok(connector);
        }
        tracing::info!(
            connector_id = connector.id,
            ?way,
            "the answer has other owners than were sent, setting them apart"
        );
        match way.take(client, app_id, &connector, wanted).await {
            Ok(answer) => connector = answer,
            Err(error) => refused = Some(error),
        }
    }
    if has(&connector, wanted) {
        return Ok(connector);
    }
    let said = refused.map(|error| format!(" {}", diagnostics::chain(&error))).unwrap_or_default();
    let problem = Diagnostic::error(
        "ConductorOne keeps other owners",
        format!(
            "The connector was asked to belong to {}, and ConductorOne answered that it belongs to {}.{said}\n\nCheck \
             that each owner exists, is enabled and has the role Super Administrator or Connector Administrator, then \
             apply again.",
            listed(wanted.iter()),
            listed(connector.user_ids.iter())
        ),
    );
    Err(Box::new((connector, problem.at(AttributePath::to("owners")).into())))
}

/// A way to set the owners of a connector that exists.
#[derive(Clone, Copy, Debug)]
enum Way {
    Update,
    DelegatedUpdate,
    OwnersEndpoint,
}

impl Way {
    async fn take(
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
    if ids.is_empty() { "nobody".to_owned() } else { ids.join(", ") }
}
