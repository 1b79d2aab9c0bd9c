//! Creating an object exactly once, whatever happens to the response or to an earlier process.

use std::collections::BTreeSet;
use std::time::Duration;

use conductorone_client::Error;
use tokio_util::sync::CancellationToken;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::provider::data::{Listing, ProviderData};

use super::adoption::{AdoptionMarker, InFlight, ObjectKind};
use super::deadline::Deadline;
use super::diagnostics;
use super::poll::Poll;

/// Pauses before each look for an object whose create response was dropped.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Time that the looks and the removal of the marker may take at least, however little is left of the operation's time.
/// An object that exists must not be lost.
const GRACE: Duration = Duration::from_secs(60);

/// An object that is about to be created.
pub(crate) trait Adoptable: Sync {
    type Object: Send + Sync;

    const KIND: ObjectKind;

    /// Returns a text that is equal for objects which can take each other's place.
    fn purpose(&self) -> String;

    /// Names the object in messages, for example `connector of the app 2x`.
    fn name(&self) -> String;

    /// Lists the objects among which an orphan would be. All creates of a process may share one list.
    fn list_before(&self) -> impl Future<Output = Result<Listing<Self::Object>, Error>> + Send;

    /// Lists the objects among which the created one would be.
    fn list(&self) -> impl Future<Output = Result<Listing<Self::Object>, Error>> + Send;

    fn create(&self, description: String) -> impl Future<Output = Result<Self::Object, Error>> + Send;

    /// Gives an orphan the settings of the new object and this description.
    fn adopt(
        &self,
        orphan: &Self::Object,
        description: String,
    ) -> impl Future<Output = Result<Self::Object, Error>> + Send;

    fn id(object: &Self::Object) -> &str;

    fn description(object: &Self::Object) -> &str;

    /// Compares the object to be created with one that appeared since and has no marker, because the service returns no
    /// descriptions.
    fn compare(&self, object: &Self::Object) -> Match;

    /// Returns the error for a list that failed before the create.
    fn not_listed(&self, error: &Error) -> Diagnostic;

    /// Returns the error for a create that the service rejected.
    fn rejected(&self, error: &Error) -> Diagnostic;

    /// Returns the error for a deadline that passed before the create was sent.
    fn deadline_exceeded(&self) -> Diagnostic;
}

/// Result of comparing an object with the one that was to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Exact,
    Different,
    /// The response contains too little to decide.
    Ambiguous,
}

/// An object that now exists.
pub(crate) struct Created<T> {
    pub(crate) object: T,
    /// The object as it was, if it was adopted.
    pub(crate) orphan: Option<T>,
    /// The create, whose marker is still the object's description.
    pub(crate) in_flight: InFlight,
}

/// Creates an object with an adoption marker as its description, or adopts an orphan. After a response that was dropped,
/// looks for the object. Never sends a second create.
pub(crate) async fn create_or_adopt<T: Adoptable>(
    cx: &Context<ProviderData>,
    new: &T,
    deadline: &Deadline<'_>,
) -> Result<Created<T::Object>, Diagnostics> {
    let data = cx.data()?;
    let before = deadline.bound(new.list_before()).await.ok_or_else(|| new.deadline_exceeded())?;
    let before = before.map_err(|error| new.not_listed(&error))?;
    if cx.cancelled().is_cancelled() {
        return Err(diagnostics::stopped().into());
    }
    let in_flight = data.adoption().begin(&new.purpose());
    if in_flight.may_adopt()
        && let Some(position) = before.objects.iter().position(|object| is_claimed_orphan(data, new, object))
    {
        let orphan = { before.objects }.swap_remove(position);
        return adopt(data, new, orphan, in_flight, deadline).await;
    }
    let error = match new.create(in_flight.marker().description(T::KIND)).await {
        Ok(object) => return Ok(Created { object, orphan: None, in_flight }),
        Err(error) if error.may_have_taken_effect() => error,
        Err(error) => {
            in_flight.finish();
            return Err(new.rejected(&error).into());
        }
    };
    tracing::warn!(kind = T::KIND.as_str(), %error, "the response to a create was dropped, looking for the object");
    match look_for_created(data, new, &before, in_flight.marker(), deadline).await {
        Ok(Some(object)) => Ok(Created { object, orphan: None, in_flight }),
        Ok(None) => Err(not_created(new, &error).into()),
        Err(ambiguity) => Err(may_have_been_created(new, &error, &ambiguity).into()),
    }
}

/// Returns whether an object of the app's list was left by an interrupted apply.
pub(crate) fn is_orphan<T: Adoptable>(data: &ProviderData, new: &T, object: &T::Object) -> bool {
    data.adoption().is_orphan(T::description(object), &new.purpose())
}

fn is_claimed_orphan<T: Adoptable>(data: &ProviderData, new: &T, object: &T::Object) -> bool {
    is_orphan(data, new, object) && !data.is_managed(T::id(object)) && data.adoption().claim(T::id(object))
}

async fn adopt<T: Adoptable>(
    data: &ProviderData,
    new: &T,
    orphan: T::Object,
    in_flight: InFlight,
    deadline: &Deadline<'_>,
) -> Result<Created<T::Object>, Diagnostics> {
    let (kind, id) = (T::KIND.as_str(), T::id(&orphan));
    tracing::warn!(kind, id, "adopting an object from an interrupted apply");
    let adopted = deadline.bound(new.adopt(&orphan, in_flight.marker().description(T::KIND))).await;
    let adopted = adopted.ok_or_else(|| new.deadline_exceeded())?;
    let operation = format!("adopt the {kind} {id} from an interrupted apply");
    let object = adopted.map_err(|error| diagnostics::conductorone(&operation, &error))?;
    data.adoption().marker_was_replaced(T::description(&orphan));
    Ok(Created { object, orphan: Some(orphan), in_flight })
}

/// Looks for the object of a create whose response was dropped. `Err` contains why the result is ambiguous.
async fn look_for_created<T: Adoptable>(
    data: &ProviderData,
    new: &T,
    before: &Listing<T::Object>,
    marker: AdoptionMarker,
    deadline: &Deadline<'_>,
) -> Result<Option<T::Object>, String> {
    let known: BTreeSet<&str> = before.objects.iter().map(T::id).collect();
    let is_known = |id: &str| known.contains(id) || data.is_managed(id);
    let (deadline, never) = (deadline.or_after(GRACE), CancellationToken::new());
    // Not cancelled by Stop: the object may exist.
    let mut poll = Poll::new(PAUSES, &deadline, &never);
    let mut ambiguity = Some("ConductorOne did not respond in time.".to_owned());
    while poll.pause().await.is_ok() {
        let Ok(listed) = poll.look(new.list()).await else {
            ambiguity = Some("ConductorOne did not respond in time.".to_owned());
            break;
        };
        ambiguity = match listed {
            Err(error) => Some(diagnostics::chain(&error)),
            Ok(listing) => {
                let has_new_hidden = listing.hidden > before.hidden;
                let appeared = listing.objects.into_iter().filter(|object| !is_known(T::id(object)));
                match exactly_one(new, appeared, marker) {
                    Ok(Some(object)) => return Ok(Some(object)),
                    Ok(None) if has_new_hidden => {
                        Some("The list has a new entry that the credentials may not see.".to_owned())
                    }
                    Ok(None) => None,
                    Err(ambiguity) => Some(ambiguity),
                }
            }
        };
    }
    ambiguity.map_or(Ok(None), Err)
}

/// Returns the object that was created among those that appeared since. `Err` lists them if there is more than one, or
/// one that cannot be compared.
fn exactly_one<T: Adoptable>(
    new: &T,
    appeared: impl Iterator<Item = T::Object>,
    marker: AdoptionMarker,
) -> Result<Option<T::Object>, String> {
    let compare = |object: &T::Object| match AdoptionMarker::parse(T::description(object)) {
        Some(found) if found == marker => Match::Exact,
        Some(_) => Match::Different,
        None => new.compare(object),
    };
    let mut candidates: Vec<(Match, T::Object)> = appeared.map(|object| (compare(&object), object)).collect();
    candidates.retain(|(matched, _)| *matched != Match::Different);
    match candidates.as_slice() {
        [] => Ok(None),
        [(Match::Exact, _)] => Ok(candidates.pop().map(|(_, object)| object)),
        several => {
            let ids: Vec<&str> = several.iter().map(|(_, object)| T::id(object)).collect();
            Err(format!(
                "These {}s appeared since, and the response does not show which of them is the new one: {}.",
                T::KIND.as_str(),
                ids.join(", ")
            ))
        }
    }
}

/// Replaces the adoption marker by the configured description with the update `send`, unless Terraform is gone: it will
/// not receive the object, and the marker is how the next apply finds it. Returns the object as it is then.
///
/// A failure is a warning: the object is complete, and the next plan shows the description as changed.
pub(crate) async fn remove_marker<T: Adoptable>(
    cx: &Context<ProviderData>,
    id: &str,
    in_flight: InFlight,
    deadline: &Deadline<'_>,
    send: impl Future<Output = Result<T::Object, Error>>,
) -> Option<T::Object> {
    let kind = T::KIND.as_str();
    if cx.disconnected().is_cancelled() {
        tracing::warn!(kind, id, "Terraform is gone, the adoption marker stays");
        return None;
    }
    let failure = match deadline.or_after(GRACE).bound(send).await {
        Some(Ok(object)) if AdoptionMarker::parse(T::description(&object)).is_none() => {
            in_flight.finish();
            return Some(object);
        }
        Some(Err(error)) if error.is_not_found() => {
            // Deleted in the meantime, which the wait for its sync or the next refresh reports.
            in_flight.finish();
            return None;
        }
        Some(Ok(_)) => "ConductorOne accepted the new description and still returned the marker.".to_owned(),
        Some(Err(error)) => diagnostics::chain(&error),
        None => "ConductorOne did not respond in time.".to_owned(),
    };
    let detail = format!(
        "The {kind} {id} was created with an adoption marker as its temporary description, which the provider could not \
         replace. {failure}\n\nEverything else is complete. Apply again: if the marker is still there, the plan shows \
         the description as changed, and the apply sets it."
    );
    let warning = Diagnostic::warning("Adoption marker was not removed", detail);
    cx.warn(warning.at(AttributePath::to("description")));
    None
}

/// Returns the warning of a plan whose apply adopts an object.
///
/// Terraform may plan the create before it reads an object that the state contains. The warning is then redundant.
pub(crate) fn adoption_warning(kind: ObjectKind, ids: &[&str], argument: &str) -> Diagnostic {
    let summary = match kind {
        ObjectKind::App => "Adopting an app from an interrupted apply",
        ObjectKind::Connector => "Adopting a connector from an interrupted apply",
    };
    let kind = kind.as_str();
    let (objects, one) = match ids {
        [id] => (format!("the {kind} {id}"), "it"),
        several => (format!("the {kind}s {}", several.join(", ")), "one of them"),
    };
    let detail = format!(
        "An apply was interrupted after it had created {objects}. Instead of creating another {kind}, this apply adopts \
         {one}, unless the state contains it already."
    );
    Diagnostic::warning(summary, detail).at(AttributePath::to(argument))
}

fn not_created<T: Adoptable>(new: &T, error: &Error) -> Diagnostic {
    let (kind, name) = (T::KIND, new.name());
    let summary = match kind {
        ObjectKind::App => "App was not created",
        ObjectKind::Connector => "Connector was not created",
    };
    let detail = format!(
        "{}\n\nThe provider looked for a new {name} and found none. Apply again. If ConductorOne shows the {} later, the \
         next apply adopts it.",
        diagnostics::chain(error),
        kind.as_str()
    );
    Diagnostic::error(summary, detail)
}

fn may_have_been_created<T: Adoptable>(new: &T, error: &Error, ambiguity: &str) -> Diagnostic {
    let (kind, name) = (T::KIND, new.name());
    let summary = match kind {
        ObjectKind::App => "App may have been created",
        ObjectKind::Connector => "Connector may have been created",
    };
    let detail = format!(
        "{}\n\nThe provider could not determine whether the {name} exists. {ambiguity}\n\nApply again: the apply adopts \
         a {} with this run's marker. Otherwise, look for a new {name} in ConductorOne first, and import or delete it.",
        diagnostics::chain(error),
        kind.as_str()
    );
    Diagnostic::error(summary, detail)
}
