//! IDs of ConductorOne's objects.

/// Returns whether a text is safe as one segment of an API path, which every ID of ConductorOne is.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_segments_of_a_path_are_ids() {
        for id in ["2YqKzWeWLbQUvXxWJzHDkWcZ9pA", "a-b_c", "0"] {
            assert!(is_id(id), "{id}");
        }
        for text in ["", " ", "a b", "../users", "a/b", "ada@example.com", "é"] {
            assert!(!is_id(text), "{text}");
        }
    }
}
