//! The function `okta_domain`: the canonical host of an org, however it was written.

use crate::framework::cty::{Type, Value};
use crate::framework::function::{Function, FunctionError, Parameter};
use okta_client::Domain;

use crate::provider::support::diagnostics::sentence;

/// `provider::conductorone::okta_domain(text)`.
#[derive(Debug)]
pub struct OktaDomain;

impl Function for OktaDomain {
    fn name(&self) -> &'static str {
        "okta_domain"
    }

    fn summary(&self) -> &'static str {
        "The host of an Okta org"
    }

    fn description(&self) -> &'static str {
        "Takes the address of an Okta org as people write it, `https://Acme.okta.com/` or `acme.okta.com`, and returns the \
         host, `acme.okta.com`. Fails for what is no address of an org, such as the Admin Console's."
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter { name: "text", ty: Type::String, description: "Address of the org, with or without `https://`." }]
    }

    fn returns(&self) -> Type {
        Type::String
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let [Value::String(text)] = arguments else {
            return Err(FunctionError { text: "Text is required.".to_owned(), argument: Some(0) });
        };
        match text.parse::<Domain>() {
            Ok(domain) => Ok(Value::String(domain.to_string())),
            Err(invalid) => Err(FunctionError { text: sentence(&invalid.to_string()), argument: Some(0) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_hosts_and_the_rest_is_refused_with_advice() {
        let call = |text: &str| OktaDomain.call(&[Value::from(text)]);
        assert_eq!(call("https://Acme.okta.com/"), Ok(Value::from("acme.okta.com")));
        assert_eq!(call("id.acme.example"), Ok(Value::from("id.acme.example")));
        let refused = call("acme-admin.okta.com").unwrap_err();
        assert!(refused.text.contains("acme.okta.com") && refused.argument == Some(0), "{refused:?}");
    }
}
