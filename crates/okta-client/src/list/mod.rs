//! Lists of Okta's, page by page.

mod elements;
mod link;
mod recent;
mod walk;

pub use elements::Elements;
pub use link::next as next_link;
pub use walk::{Listed, Walk};
