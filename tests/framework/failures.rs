//! Resources that break the rules of the framework, and the responses that Terraform gets nevertheless.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ToyData;
use crate::framework::context::Context;
use crate::framework::cty;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::private::Private;
use crate::framework::resource::{ApplyError, ApplyRequest, Resource};
use crate::framework::value::Value;
use crate::host::{Host, unwire};

/// An object of the faulty resource.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Faulty {
    /// ID.
    #[schemars(extend("x-tf" = { "computed": true }))]
    id: Value<String>,
    /// The fault of a create.
    #[schemars(extend("x-tf" = { "required": true }))]
    fault: Value<String>,
    /// A key.
    #[schemars(extend("x-tf" = { "optional": true, "write_only": true }))]
    key: Value<String>,
}

/// The resource `toy_faulty`.
pub struct FaultyResource;

impl Resource for FaultyResource {
    type Model = Faulty;
    type Data = ToyData;

    const TYPE_NAME: &'static str = "toy_faulty";

    async fn create(
        &self,
        cx: &Context<ToyData>,
        request: ApplyRequest<'_, Faulty>,
    ) -> Result<Faulty, ApplyError<Faulty>> {
        let warning = || Diagnostic::warning("Careful", "The create returned a warning.");
        // The write-only value is in every result.
        let object = Faulty { id: Value::Known("1".to_owned()), ..request.config };
        let fault = object.fault.text().unwrap_or_default().to_owned();
        match fault.as_str() {
            "fails without an error" => Err(ApplyError::with(object, warning())),
            "fails without an object" => Err(Diagnostics::none().into()),
            "returns an unknown value" => {
                cx.warn(warning());
                Ok(Faulty { id: Value::Unknown, ..object })
            }
            "returns another value" => Ok(Faulty { fault: Value::Known("none".to_owned()), ..object }),
            _ => Ok(object),
        }
    }

    async fn read(&self, _: &Context<ToyData>, _: Faulty, _: &mut Private) -> Result<Option<Faulty>, Diagnostics> {
        Err(Diagnostic::warning("Careful", "The read returned a warning.").into())
    }

    async fn update(
        &self,
        _cx: &Context<ToyData>,
        _prior: Faulty,
        _request: ApplyRequest<'_, Faulty>,
    ) -> Result<Faulty, ApplyError<Faulty>> {
        Err(Diagnostics::none().into())
    }

    async fn delete(&self, _cx: &Context<ToyData>, _state: Faulty) -> Result<(), Diagnostics> {
        Err(Diagnostics::none())
    }
}

/// The response to a create with a fault: summaries of the messages, and the state.
async fn created(fault: &str) -> (Vec<String>, Option<cty::Value>) {
    let host = Host::of(FaultyResource).await;
    let config = host.object(&[("fault", fault.into()), ("key", "secret".into())]);
    let planned = host.plan(&cty::Value::Null, &config, b"").await;
    let response = host.apply(&cty::Value::Null, &planned, &config).await;
    let summaries = response.diagnostics.into_iter().map(|message| message.summary).collect();
    (summaries, response.new_state.map(|state| unwire(Some(state), &host.ty())))
}

/// Returns the state of a created object, without the write-only value.
async fn state(id: cty::Value, fault: &str) -> Option<cty::Value> {
    Some(Host::of(FaultyResource).await.object(&[("id", id), ("fault", fault.into())]))
}

const NO_MESSAGE: &str = "Provider failed without an error message";

#[tokio::test]
async fn a_failure_without_an_error_gets_one() {
    let (summaries, kept) = created("fails without an error").await;
    assert_eq!(summaries, ["Careful", NO_MESSAGE]);
    assert_eq!(kept, state("1".into(), "fails without an error").await);
    let (summaries, kept) = created("fails without an object").await;
    assert_eq!((summaries, kept), (vec![NO_MESSAGE.to_owned()], None));

    let host = Host::of(FaultyResource).await;
    let object = host.object(&[("id", "1".into()), ("fault", "none".into())]);
    let read = host.read(&object, b"").await;
    assert_eq!(read.diagnostics.iter().map(|message| message.severity).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(unwire(read.new_state, &host.ty()), object);
    let planned = host.plan(&object, &cty::Value::Null, b"").await;
    let deleted = host.apply(&object, &planned, &cty::Value::Null).await;
    assert_eq!((deleted.diagnostics[0].summary.as_str(), deleted.new_state), (NO_MESSAGE, None));
}

#[tokio::test]
async fn an_unknown_value_in_the_result_is_an_error_that_keeps_object_and_warnings() {
    let (summaries, kept) = created("returns an unknown value").await;
    assert_eq!(summaries, ["Careful", "Provider returned an unknown value"]);
    assert_eq!(kept, state(cty::Value::Null, "returns an unknown value").await);
}

#[tokio::test]
async fn a_result_that_differs_from_the_plan_panics_in_debug_builds() {
    let (summaries, kept) = created("returns another value").await;
    if cfg!(debug_assertions) {
        assert_eq!((summaries, kept), (vec!["Provider failed unexpectedly".to_owned()], None));
    } else {
        assert_eq!((summaries, kept), (vec![], state("1".into(), "returns another value").await));
    }
}

#[tokio::test]
async fn a_correct_result_has_no_messages() {
    assert_eq!(created("none").await, (vec![], state("1".into(), "none").await));
}
