//! What Terraform's process talks to: everything that makes this process a plugin, before any provider is in sight.

pub mod proto;
