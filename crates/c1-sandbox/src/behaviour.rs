//! Switches for behaviour of the real services that is not documented. A client can be tried against every possible
//! behaviour.

use std::fmt::Write;

/// A text that sets no switch. Says which there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is none of these switches:\n{help}")]
pub struct UnknownSwitch {
    text: String,
    help: String,
}

/// Makes a set of switches with a type for each. The first value of a switch is its default; the comments are what
/// `--help` prints.
macro_rules! switches {
    ($(#[doc = $about_all:literal])+ $all:ident: $(
        $(#[doc = $about:literal])+
        $name:ident: $type:ident {
            $(#[doc = $first_meaning:literal])+
            $first:ident = $first_text:literal,
            $($(#[doc = $meaning:literal])+ $value:ident = $text:literal,)+
        }
    )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub enum $type {
                $(#[doc = $first_meaning])+
                #[default]
                $first,
                $($(#[doc = $meaning])+ $value,)+
            }
        )+

        $(#[doc = $about_all])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $all {
            $($(#[doc = $about])+ pub $name: $type,)+
        }

        impl $all {
            /// Sets a switch as the command line has it, `NAME=VALUE`.
            ///
            /// # Errors
            /// When there is no such switch or value.
            pub fn set(&mut self, text: &str) -> Result<(), UnknownSwitch> {
                match text {
                    $(
                        concat!(stringify!($name), "=", $first_text) => self.$name = $type::$first,
                        $(concat!(stringify!($name), "=", $text) => self.$name = $type::$value,)+
                    )+
                    _ => return Err(UnknownSwitch { text: text.to_owned(), help: Self::help() }),
                }
                Ok(())
            }

            /// Every switch with its values and what they mean, one line each.
            pub fn help() -> String {
                let mut help = String::new();
                $(
                    // Writing to a text cannot fail.
                    let _ = writeln!(help, "{}:{}", stringify!($name), concat!($($about),+));
                    let _ = writeln!(help, "  {}:{} (default)", $first_text, concat!($($first_meaning),+));
                    $(let _ = writeln!(help, "  {}:{}", $text, concat!($($meaning),+));)+
                )+
                help
            }
        }
    };
}

switches! {
    /// A tenant's answer to every open question.
    C1Behaviour:
    /// Effect of an update of `config` on keys that it omits.
    config_update: ConfigUpdate {
        /// They are gone, the secret too.
        Replace = "replace",
        /// They stay.
        Merge = "merge",
    }
    /// Placeholder for a secret when a connector is read.
    secret_on_read: SecretOnRead {
        /// Not even its key.
        Omit = "omit",
        /// An empty text.
        Empty = "empty",
        /// Asterisks.
        Masked = "masked",
    }
    /// In which order `userIds` are read.
    owners_order: OwnersOrder {
        /// As they were sent.
        Kept = "kept",
        /// In any other, a new one in every answer.
        Shuffled = "shuffled",
    }
    /// Effect of `userIds` in the plain update of a connector.
    owners_in_update: OwnersInUpdate {
        /// It does.
        Honoured = "honoured",
        /// It accepts them and changes nothing.
        Ignored = "ignored",
    }
    /// Effect of `userIds` in the update of a delegated connector.
    owners_in_delegated_update: OwnersInDelegatedUpdate {
        /// It does.
        Honoured = "honoured",
        /// It accepts them and changes nothing.
        Ignored = "ignored",
    }
    /// How the Okta domain is read.
    domain_on_read: DomainOnRead {
        /// As it was sent.
        Kept = "kept",
        /// In lower case, without https:// and without a slash at the end; http:// stays.
        Normalised = "normalised",
    }
    /// Response to a read of a deleted connector.
    deleted_connector: DeletedConnector {
        /// 404.
        NotFound = "404",
        /// 200 with `deletedAt`.
        Shown = "200",
    }
    /// Response to a create of a connector of the first Okta catalog entry.
    v1_create: V1Create {
        /// The connector is created.
        Accepted = "accepted",
        /// 400 that names the newer entry.
        Refused = "refused",
    }
    /// Events that start a sync.
    sync_start: SyncStart {
        /// Every write of a configuration, a resume and an order.
        Automatic = "automatic",
        /// A resume and an order only.
        Forced = "forced",
    }
    /// Omission of optional parts in responses.
    null_sub_objects: NullSubObjects {
        /// Responses are complete.
        Off = "off",
        /// Empty lists are null, a list of connectors has a row without one, and answers to writes have no status.
        On = "on",
    }
    /// Effect of a connector's update without an update mask.
    absent_mask: AbsentMask {
        /// It is refused.
        Refused = "refused",
        /// It sets every field that the body has.
        Present = "present",
    }
    /// Name of a connector that is created with a configuration, which contains no name.
    default_name: DefaultName {
        /// As its entry of the catalog.
        Catalog = "catalog",
        /// Empty.
        Empty = "empty",
    }
    /// Status of a connector before its first configuration.
    not_connected: NotConnected {
        /// Null.
        Null = "null",
        /// `SYNC_STATUS_UNSPECIFIED`.
        Unspecified = "unspecified",
    }
    /// Enforcement of the role that owners need according to ConductorOne's documentation.
    owner_roles: OwnerRoles {
        /// Every user can be an owner.
        Unchecked = "unchecked",
        /// 403 for who is neither a Super nor a Connector Administrator.
        Required = "required",
    }
    /// When the Okta domain and token of a connector are tried.
    credential_check: CredentialCheck {
        /// In its syncs.
        AtSync = "at_sync",
        /// In every write of a configuration too: 400 when they do not work.
        AtWrite = "at_write",
    }
    /// Format of errors of the token endpoint.
    token_errors: TokenErrors {
        /// As OAuth has it.
        OAuth = "oauth",
        /// As those of the other operations.
        Status = "status",
    }
    /// Presence of a list of details in errors.
    error_details: ErrorDetails {
        /// An empty one.
        Present = "present",
        /// None.
        Absent = "absent",
    }
    /// Presence of the time of the last configuration in connectors.
    config_updated_at: ConfigUpdatedAt {
        /// They do.
        Told = "told",
        /// It is null.
        Absent = "absent",
    }
}

switches! {
    /// An Okta org's answer to every open question.
    OktaBehaviour:
    /// Order of the checks of a request.
    judged_first: JudgedFirst {
        /// The caller's permission comes first.
        Permission = "permission",
        /// The object's existence comes first.
        Existence = "existence",
    }
    /// How groups tell that they carry an admin role.
    admin_privilege_key: AdminPrivilegeKey {
        /// By `hasAdminPrivlege`, as Okta's OpenAPI specification spells it.
        Privlege = "privlege",
        /// By `hasAdminPrivileges`, as Okta's release notes spell it.
        Privileges = "privileges",
        /// Not at all.
        Absent = "absent",
    }
    /// How a change of the members of a group is refused that an app or Okta keeps.
    kept_group: KeptGroup {
        /// 403.
        Forbidden = "403",
        /// 501 E0000060, as until April 2026.
        Unsupported = "501",
    }
    /// Effect of removing an assignment that exists only through a group.
    derived_unassignment: DerivedUnassignment {
        /// It is refused.
        Refused = "refused",
        /// It is accepted, and the group brings the assignment back.
        Returns = "returns",
    }
    /// In which order the items of a page come.
    list_order: ListOrder {
        /// In the list's own.
        Stable = "stable",
        /// In any other, a new one for every page that is not sorted.
        Unstable = "unstable",
    }
    /// Presence of the first request's `expand` in links to the next page.
    expand_in_next: ExpandInNext {
        /// They do.
        Kept = "kept",
        /// They leave it out, as for users of an app until August 2026.
        Dropped = "dropped",
    }
    /// Response to page sizes of more than 200 for members of a group.
    long_pages: LongPages {
        /// They are given.
        Given = "given",
        /// 500, as when they take too long.
        TimeOut = "500",
    }
    /// Presence of values that Okta's OpenAPI specification does not contain yet.
    new_values: NewValues {
        /// There are none.
        Off = "off",
        /// Types, statuses and scopes come as NEW_VALUE here and there.
        On = "on",
    }
    /// Representation of dates that do not exist.
    missing_dates: MissingDates {
        /// They are left out.
        Absent = "absent",
        /// They are null.
        Null = "null",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_set_by_name_and_value() {
        let mut behaviour = C1Behaviour::default();
        behaviour.set("config_update=merge").unwrap();
        behaviour.set("deleted_connector=200").unwrap();
        behaviour.set("secret_on_read=masked").unwrap();
        behaviour.set("secret_on_read=omit").unwrap();
        let (config_update, deleted_connector) = (ConfigUpdate::Merge, DeletedConnector::Shown);
        assert_eq!(behaviour, C1Behaviour { config_update, deleted_connector, ..C1Behaviour::default() });
        for text in ["", "config_update", "config_update=", "config_update=honoured", "colour=red"] {
            let error = behaviour.set(text).unwrap_err().to_string();
            assert!(error.contains("config_update: Effect of an update"), "{error}");
        }
    }

    #[test]
    fn the_help_lists_every_switch_with_its_default() {
        let help = C1Behaviour::help();
        assert!(
            help.contains("v1_create: Response to a create of a connector of the first Okta catalog entry.\n"),
            "{help}"
        );
        assert!(
            help.contains(
                "  accepted: The connector is created. (default)\n  refused: 400 that names the newer entry.\n"
            ),
            "{help}"
        );
    }
}
