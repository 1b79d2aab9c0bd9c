//! The resource `toy_note`: a note with a title and a text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ToyData;
use crate::framework::context::Context;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::private::Private;
use crate::framework::resource::{ApplyError, ApplyRequest, Resource};
use crate::framework::value::Value;

/// A note.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// ID of the note.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub id: Value<String>,
    /// Title of the note. A change requires a new note.
    #[schemars(extend("x-tf" = { "required": true, "requires_replace": true }))]
    pub title: Value<String>,
    /// Text of the note. Defaults to an empty text.
    #[schemars(extend("x-tf" = { "optional": true, "default": "" }))]
    pub text: Value<String>,
}

/// The resource `toy_note`.
pub struct NoteResource;

impl Resource for NoteResource {
    type Model = Note;
    type Data = ToyData;

    const TYPE_NAME: &'static str = "toy_note";

    async fn create(&self, cx: &Context<ToyData>, request: ApplyRequest<'_, Note>) -> Result<Note, ApplyError<Note>> {
        let planned = request.planned;
        let id = cx.data()?.create_note(planned.text.text().unwrap_or_default());
        Ok(Note { id: Value::Known(id), ..planned })
    }

    async fn read(&self, cx: &Context<ToyData>, state: Note, _: &mut Private) -> Result<Option<Note>, Diagnostics> {
        let text = cx.data()?.note(state.id.text().unwrap_or_default());
        Ok(text.map(|text| Note { text: Value::Known(text), ..state }))
    }

    async fn update(
        &self,
        cx: &Context<ToyData>,
        _prior: Note,
        request: ApplyRequest<'_, Note>,
    ) -> Result<Note, ApplyError<Note>> {
        let planned = request.planned;
        let (id, text) = (planned.id.text().unwrap_or_default(), planned.text.text().unwrap_or_default());
        cx.data()?.set_note(id, text);
        Ok(planned)
    }

    async fn delete(&self, cx: &Context<ToyData>, state: Note) -> Result<(), Diagnostics> {
        cx.data()?.delete_note(state.id.text().unwrap_or_default());
        Ok(())
    }
}
