//! Functions that configurations call: pure, offline, the same answer in plan and apply.

use crate::framework::cty::{Type, Value};
use crate::plugin::proto::tfplugin5;

/// A provider-defined function (Terraform 1.8, OpenTofu 1.7).
///
/// Terraform answers for null and unknown arguments itself, so `call` sees neither.
pub trait Function: Send + Sync + 'static {
    /// Its name; a valid identifier in configurations.
    fn name(&self) -> &'static str;

    /// What it does, in one line.
    fn summary(&self) -> &'static str;

    /// What it does, in Markdown.
    fn description(&self) -> &'static str;

    /// What it takes, in order.
    fn parameters(&self) -> &'static [Parameter];

    /// What it returns.
    fn returns(&self) -> Type;

    /// Computes the answer. There are as many arguments as parameters, each of its type and wholly known.
    ///
    /// # Errors
    /// What is wrong with the arguments.
    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError>;
}

/// One parameter of a function.
#[derive(Debug)]
pub struct Parameter {
    /// Its name, for documentation.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// What it is for, in Markdown.
    pub description: &'static str,
}

/// Why a function has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// What is wrong and what to write instead.
    pub text: String,
    /// Position from 0 of the argument to blame.
    pub argument: Option<usize>,
}

/// The function as the protocol sends it.
pub(crate) fn to_proto(function: &dyn Function) -> tfplugin5::Function {
    let parameters = function.parameters().iter().map(|parameter| tfplugin5::function::Parameter {
        name: parameter.name.to_owned(),
        r#type: parameter.ty.type_json(),
        allow_null_value: false,
        allow_unknown_values: false,
        description: parameter.description.to_owned(),
        description_kind: tfplugin5::StringKind::Markdown.into(),
    });
    tfplugin5::Function {
        parameters: parameters.collect(),
        variadic_parameter: None,
        r#return: Some(tfplugin5::function::Return { r#type: function.returns().type_json() }),
        summary: function.summary().to_owned(),
        description: function.description().to_owned(),
        description_kind: tfplugin5::StringKind::Markdown.into(),
        deprecation_message: String::new(),
    }
}
