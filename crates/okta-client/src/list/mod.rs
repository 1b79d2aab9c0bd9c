//! Paginated reads.

mod dedup;
mod link;
mod paginator;

pub use link::next as next_link;
pub use paginator::{Listed, Paginator};
