//! Rules of the schema that Terraform does not enforce itself.

use super::{Attribute, Block, Configurability};
use crate::framework::cty::Value;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;

impl Block {
    /// Returns an error for each read-only attribute that a configuration sets, and for each required one that is null.
    /// Terraform accepts both: it rejects a required argument only if it is absent.
    pub(crate) fn config_violations(&self, config: &Value) -> Diagnostics {
        let mut violations = Diagnostics::none();
        self.each_attribute(config, &AttributePath::root(), &mut |path, attribute, value| {
            let problem = match attribute.configurability {
                Configurability::Computed if !value.is_null() => Diagnostic::error(
                    "Argument is read-only",
                    format!("{path} is read-only (computed). Remove it from the configuration."),
                ),
                Configurability::Required if value.is_null() => Diagnostic::error(
                    "Required argument is null",
                    format!("{path} is required, but its value is null. Set it to a value that is not null."),
                ),
                _ => return,
            };
            violations.push(problem.at(path.clone()));
        });
        violations
    }

    /// Returns an error for each write-only attribute that a configuration sets, for a client that would store it.
    pub(crate) fn write_only_violations(&self, config: &Value) -> Diagnostics {
        let mut violations = Diagnostics::none();
        self.each_attribute(config, &AttributePath::root(), &mut |path, attribute, value| {
            if attribute.write_only && !value.is_null() {
                let detail = format!(
                    "{path} is write-only: it must never be stored. This version of Terraform or OpenTofu would store \
                     it; write-only arguments need Terraform 1.11 or OpenTofu 1.11."
                );
                let problem = Diagnostic::error("Write-only argument is not supported here", detail);
                violations.push(problem.at(path.clone()));
            }
        });
        violations
    }

    /// Calls `visit` with each attribute of the block, and of the nested blocks that exist in the value.
    fn each_attribute(
        &self,
        value: &Value,
        path: &AttributePath,
        visit: &mut impl FnMut(&AttributePath, &Attribute, &Value),
    ) {
        let Value::Map(members) = value else { return };
        for (name, attribute) in &self.attributes {
            visit(&path.attribute(name), attribute, members.get(name).unwrap_or(&Value::Null));
        }
        for (name, block) in &self.blocks {
            block.each_attribute(value.attribute(name), &path.attribute(name), visit);
        }
    }
}
