//! Objects of the tenant: types without operations on other objects.

pub(crate) mod app;
pub(crate) mod connector;
pub(crate) mod schedule;
pub(crate) mod task;
pub(crate) mod user;
