//! The note that a new object carries, as its description, from its creation until Terraform is about to hear of it.
//!
//! A process that is killed cannot write down what it has made. The service has no room for a key by which a creation
//! could be repeated, and no field but this one that every way to create takes and every list shows.

use std::future::Future;
use std::time::Duration;

use crate::framework::context::Context;
use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::AttributePath;
use conductorone_client::Error;

use super::diagnostics;
use super::run::Signature;
use crate::provider::data::ProviderData;

/// How long to try to remove it at the least, whatever is left of the operation's time.
pub(crate) const REMOVING: Duration = Duration::from_secs(60);

/// A note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Note(Signature);

impl Note {
    /// The note for what is about to be created for a purpose. Objects for the same purpose can take each other's place.
    pub(crate) fn new(services: &ProviderData, purpose: &str) -> Self {
        Self(services.run().sign(purpose))
    }

    /// The note that a description is.
    pub(crate) fn read(description: &str) -> Option<Self> {
        let (_, signature) = description.trim_end().strip_suffix(']')?.rsplit_once('[')?;
        signature.parse().ok().map(Self)
    }

    /// The note as a description, for people who come across such an object.
    pub(crate) fn text(self, kind: &str) -> String {
        format!(
            "Terraform is creating this {kind} and removes this note when it is done. If no apply is running, one was \
             killed: apply again, and Terraform goes on with this {kind}. [{}]",
            self.0
        )
    }
}

/// Whether a killed run in this folder and workspace has left an object for the same purpose: it carries its note, or
/// Terraform may have been killed before it wrote down that there is one.
pub(crate) fn is_left_behind(services: &ProviderData, (id, description): (&str, &str), purpose: &str) -> bool {
    let run = services.run();
    Note::read(description).is_some_and(|note| run.is_left_behind(note.0, purpose)) || run.may_be_lost(id, purpose)
}

/// Removes a note by what `send` does, which gives the object as it is then; `description` tells its description. Leaves
/// the note when Terraform has hung up: it will not hear of the object, and the note is how the next apply finds it.
///
/// What cannot be done is a warning: the object is complete, and the next plan shows the description as changed.
pub(crate) async fn remove<T>(
    cx: &Context<ProviderData>,
    (kind, id, note): (&str, &str, Note),
    send: impl Future<Output = Option<Result<T, Error>>>,
    description: impl Fn(&T) -> &str,
) -> Option<T> {
    let run = cx.data().ok()?.run();
    if cx.hung_up().is_cancelled() {
        tracing::warn!(kind, id, "Terraform is gone; the note stays");
        // The process may live on for a second, and the next apply begin within it.
        run.end();
        return None;
    }
    run.hand_over(note.0, id);
    let sent = send.await;
    if cx.hung_up().is_cancelled() {
        run.end();
    }
    let said = match sent {
        Some(Ok(answered)) if Note::read(description(&answered)).is_none() => return Some(answered),
        // It is gone again: whoever waited for its sync says so, or else the next refresh.
        Some(Err(error)) if error.is_not_found() => return None,
        Some(Ok(_)) => "ConductorOne took the new description, and still shows the note.".to_owned(),
        Some(Err(error)) => diagnostics::chain(&error),
        None => "ConductorOne did not answer in time.".to_owned(),
    };
    cx.warn(
        Diagnostic::warning(
            "Adoption marker was not removed",
            format!(
                "As long as the {kind} {id} was being created, its description said so, and now that text could not \
                 be removed for sure. {said}\n\nNothing else is missing. Apply again: if it still stands there, the \
                 next plan shows the description as changed, and the apply sets it."
            ),
        )
        .at(AttributePath::to("description")),
    );
    None
}

/// Says that an apply goes on with what a killed one has left.
///
/// Terraform may plan this before it asks for an object that it knows; then this says once too often that it may be
/// unknown.
pub(crate) fn taken_over(kind: &str, ids: &[&str], argument: AttributePath) -> Diagnostic {
    let (which, one) = match ids {
        [one] => (format!("the {kind} {one}"), "it, unless the state has it already"),
        several => (format!("the {kind}s {}", several.join(", ")), "one of them that the state does not have"),
    };
    Diagnostic::warning(
        "What a killed apply created is taken over",
        format!("An apply was killed when it had created {which}. This apply goes on with {one}, instead of creating another."),
    )
    .at(argument)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_is_written_and_a_description_of_somebody_is_none() {
        let note = Note("0123456789abcdef-1-2".parse().unwrap());
        let text = note.text("connector");
        assert_eq!(Note::read(&text), Some(note));
        assert_eq!(Note::read(&format!("{text}\n")), Some(note));
        for text in ["", "Okta of the workforce", "Okta [prod]", "[1-2]", "[a-b-c] of ours", &text[..text.len() - 2]] {
            assert_eq!(Note::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_note_is_short() {
        let note = Note("0123456789abcdef-0123456789abcdef-0123456789abcdef".parse().unwrap());
        assert!(note.text("connector").len() < 256, "{note:?}");
    }
}
