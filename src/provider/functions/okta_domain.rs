//! The function `okta_domain`: converts the address of an org into its canonical host.

use crate::framework::cty::{Type, Value};
use crate::framework::function::{Function, FunctionError, Parameter};
use okta_client::Domain;

use crate::provider::support::diagnostics::as_sentence;

/// The function `provider::conductorone::okta_domain(text)`.
#[derive(Debug)]
pub struct OktaDomain;

impl Function for OktaDomain {
    fn name(&self) -> &'static str {
        "okta_domain"
    }

    fn summary(&self) -> &'static str {
        "Host of an Okta org"
    }

    fn description(&self) -> &'static str {
        "Converts the address of an Okta org, such as `https://Acme.okta.com/` or `acme.okta.com`, into the host, \
         `acme.okta.com`. Returns an error if the text is not the address of an org, for example for the address of \
         the Admin Console."
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter { name: "text", ty: Type::String, description: "Address of the org, with or without `https://`." }]
    }

    fn returns(&self) -> Type {
        Type::String
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let [Value::String(text)] = arguments else {
            return Err(FunctionError { text: "The argument must be a text.".to_owned(), argument: Some(0) });
        };
        match text.parse::<Domain>() {
            Ok(domain) => Ok(Value::String(domain.to_string())),
            Err(invalid) => Err(FunctionError { text: as_sentence(&invalid.to_string()), argument: Some(0) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_hosts_and_errors_name_the_correct_host() {
        let call = |text: &str| OktaDomain.call(&[Value::from(text)]);
        assert_eq!(call("https://Acme.okta.com/"), Ok(Value::from("acme.okta.com")));
        assert_eq!(call("id.acme.example"), Ok(Value::from("id.acme.example")));
        let error = call("acme-admin.okta.com").unwrap_err();
        assert!(error.text.contains("acme.okta.com") && error.argument == Some(0), "{error:?}");
    }
}
