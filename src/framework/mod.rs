//! Terraform's types and lifecycle for Rust.
//!
//! A [`Provider`](provider::Provider) registers resources, data sources and functions. Each is a trait whose methods
//! take and return Rust structs: serde converts a struct to and from Terraform's values, and schemars derives its
//! schema. [`server::Server`] serves a provider over the tfplugin5 protocol.
//!
//! | module | content |
//! | --- | --- |
//! | [`provider`], [`resource`], [`data_source`], [`function`] | the traits that a provider implements |
//! | [`model`], [`value`], [`secret`] | the structs of configurations and states |
//! | [`schema`] | schemas, and the options of attributes |
//! | [`context`], [`diagnostics`], [`path`], [`private`] | the arguments and results of calls |
//! | [`cty`] | Terraform's type system and its encodings |
//! | [`server`] | the gRPC service |
//!
//! # Examples
//!
//! A provider with one data source:
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use terraform_provider_conductorone::framework::context::Context;
//! use terraform_provider_conductorone::framework::data_source::DataSource;
//! use terraform_provider_conductorone::framework::diagnostics::Diagnostics;
//! use terraform_provider_conductorone::framework::provider::{Provider, Registry};
//! use terraform_provider_conductorone::framework::schema::derive::InvalidModel;
//! use terraform_provider_conductorone::framework::server::Server;
//! use terraform_provider_conductorone::framework::value::Value;
//!
//! /// Configuration of the provider.
//! #[derive(Clone, Serialize, Deserialize, JsonSchema)]
//! struct Config {}
//!
//! /// A greeting.
//! #[derive(Clone, Serialize, Deserialize, JsonSchema)]
//! struct Greeting {
//!     /// Name of the person to greet.
//!     #[schemars(extend("x-tf" = { "required": true }))]
//!     name: Value<String>,
//!     /// Text of the greeting.
//!     #[schemars(extend("x-tf" = { "computed": true }))]
//!     text: Value<String>,
//! }
//!
//! struct Greetings;
//!
//! impl DataSource for Greetings {
//!     type Model = Greeting;
//!     type Data = ();
//!
//!     const TYPE_NAME: &'static str = "toy_greeting";
//!
//!     async fn read(&self, _cx: &Context<()>, config: Greeting) -> Result<Greeting, Diagnostics> {
//!         let text = format!("Hello {}", config.name.text().unwrap_or_default());
//!         Ok(Greeting { text: Value::Known(text), ..config })
//!     }
//! }
//!
//! struct Toy;
//!
//! impl Provider for Toy {
//!     type Config = Config;
//!     type Data = ();
//!
//!     async fn configure(&self, _cx: &Context<()>, _config: Config) -> Result<(), Diagnostics> {
//!         Ok(())
//!     }
//!
//!     fn register(&self) -> Result<Registry<()>, InvalidModel> {
//!         Registry::default().data_source(Greetings)
//!     }
//! }
//!
//! let service = Server::new(Toy)?;
//! # let _ = service;
//! # Ok::<(), InvalidModel>(())
//! ```

#![warn(missing_docs)]

pub mod context;
pub(crate) mod convert;
pub mod cty;
pub mod data_source;
pub mod diagnostics;
pub mod function;
pub mod model;
pub mod path;
pub(crate) mod plan;
pub mod private;
pub mod provider;
pub mod resource;
pub(crate) mod resource_adapter;
pub mod schema;
pub mod secret;
pub mod server;
pub mod value;
