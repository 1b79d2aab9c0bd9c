//! Text from outside in messages.

/// Maximum length of quoted text, in characters.
const MAX_QUOTED: usize = 200;

/// Returns text from outside on one line of bounded length.
pub(super) fn quoted(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_QUOTED).collect()
}
