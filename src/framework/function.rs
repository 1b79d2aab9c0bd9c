//! Provider-defined functions: pure, offline, with the same result in plan and apply.

use crate::framework::cty::{Type, Value};
use crate::plugin::proto::tfplugin5;

/// A provider-defined function (Terraform 1.8, OpenTofu 1.7).
///
/// Terraform handles null and unknown arguments itself, so `call` receives neither.
pub trait Function: Send + Sync + 'static {
    /// Returns its name, a valid identifier in configurations.
    fn name(&self) -> &'static str;

    /// Returns a description of one line.
    fn summary(&self) -> &'static str;

    /// Returns the description, in Markdown. Defaults to the summary.
    fn description(&self) -> &'static str {
        self.summary()
    }

    /// Returns its parameters, in order. Defaults to none.
    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    /// Returns the type of its result.
    fn returns(&self) -> Type;

    /// Computes the result. There is one argument per parameter, of the parameter's type and wholly known.
    ///
    /// # Errors
    /// If an argument is invalid.
    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError>;
}

/// One parameter of a function.
#[derive(Debug)]
pub struct Parameter {
    /// The name, for documentation.
    pub name: &'static str,
    /// The type.
    pub ty: Type,
    /// The documentation, in Markdown.
    pub description: &'static str,
}

/// The error of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// The problem and its remedy.
    pub text: String,
    /// The position of the invalid argument, from 0.
    pub argument: Option<usize>,
}

/// Converts a function to the protocol's message.
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
