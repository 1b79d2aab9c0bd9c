//! Lists of Okta's, page by page.

mod elements;
mod link;
mod recent;
mod walk;

pub(super) use elements::Elements;
pub use link::next as next_link;
pub(super) use walk::{Listed, Walk};
