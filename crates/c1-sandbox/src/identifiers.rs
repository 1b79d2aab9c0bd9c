//! Identifiers in the shapes of the two services: clients and their tests match on these shapes.

use aws_lc_rs::digest;

/// The digits of both services' IDs.
pub(crate) const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A random text of base62 digits.
pub(crate) fn random_base62(length: usize) -> String {
    (0..length).map(|_| char::from(BASE62[rand::random_range(..BASE62.len())])).collect()
}

/// A ConductorOne object id: 27 base62 digits, as seen on live tenants.
pub(crate) fn conductorone_id() -> String {
    // The first digit of the ids seen in public material is 1 or 2: they begin with a time.
    format!("3{}", random_base62(26))
}

/// An id of the Okta org that is the same in every run: `prefix` filled up with base62 digits to `length`.
///
/// Object ids have 20 digits and begin `00u`, `00g`, `0oa`, `00o` … (Okta developer docs); `name` is whatever
/// tells the object from all others of its prefix.
pub(crate) fn okta_id(prefix: &str, length: usize, name: &str) -> String {
    let hash = digest::digest(&digest::SHA512, format!("{prefix}/{name}").as_bytes());
    let digits = hash.as_ref().iter().map(|byte| char::from(BASE62[usize::from(*byte) % BASE62.len()]));
    prefix.chars().chain(digits).take(length).collect()
}

/// Lower-case hexadecimal SHA-256 of a text.
pub(crate) fn sha256_hex(text: &str) -> String {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_length_of_their_service() {
        assert_eq!(conductorone_id().len(), 27);
        assert_eq!(okta_id("00u", 20, "ada").len(), 20);
        assert_eq!(okta_id("00", 42, "token").len(), 42);
    }

    #[test]
    fn okta_ids_repeat_for_the_same_name_only() {
        assert_eq!(okta_id("00u", 20, "ada"), okta_id("00u", 20, "ada"));
        assert_ne!(okta_id("00u", 20, "ada"), okta_id("00u", 20, "bob"));
    }
}
