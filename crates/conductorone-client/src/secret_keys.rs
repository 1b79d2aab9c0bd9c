//! The keys of connector settings whose values are secrets.

/// The key of the API token of `okta`.
pub(super) const OKTA_API_TOKEN: &str = "okta_api_key";

/// The key of the API token of `okta_v2`.
pub(super) const OKTA_V2_API_TOKEN: &str = "okta_v2_api_token";

/// Returns whether the value of `key` is a secret.
pub(super) fn is_secret(key: &str) -> bool {
    [OKTA_API_TOKEN, OKTA_V2_API_TOKEN].contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tokens_are_secret() {
        assert!(is_secret("okta_api_key") && is_secret("okta_v2_api_token") && !is_secret("okta_domain"));
    }
}
