//! The command line of a plugin's binary.

/// The texts of a plugin's command line.
#[derive(Clone, Copy, Debug)]
pub struct Arguments {
    /// The name of the binary.
    pub program: &'static str,
    /// The version of the plugin.
    pub version: &'static str,
    /// A description of one line.
    pub about: &'static str,
    /// The source address that a debugged provider has by default.
    pub provider_address: &'static str,
}

/// The task that the command line selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Serve the program that started this process.
    Serve,
    /// Serve clients that connect, for a debugger.
    Debug {
        /// The provider's source address in the configurations that use it.
        provider_address: String,
    },
    /// Print a text and exit.
    Print(String),
}

/// A command line that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}\n\n{usage}")]
pub struct InvalidArguments {
    problem: String,
    usage: String,
}

impl Arguments {
    /// Parses the arguments that follow the program's name. An option may have one dash or two, because Go's providers
    /// take `-debug`.
    ///
    /// # Errors
    /// If an argument is unknown, or a value is missing.
    pub fn parse(&self, arguments: impl IntoIterator<Item = String>) -> Result<Command, InvalidArguments> {
        let mut arguments = arguments.into_iter();
        let (mut is_debug, mut provider_address) = (false, self.provider_address.to_owned());
        while let Some(argument) = arguments.next() {
            let option = argument.strip_prefix('-').map(|option| option.strip_prefix('-').unwrap_or(option));
            let (name, value) = match option.and_then(|option| option.split_once('=')) {
                Some((name, value)) => (Some(name), Some(value.to_owned())),
                None => (option, None),
            };
            match (name, value) {
                (Some("debug"), None) => is_debug = true,
                (Some("provider-address"), value) => {
                    let missing = || self.invalid("--provider-address requires an address".to_owned());
                    provider_address = value.or_else(|| arguments.next()).ok_or_else(missing)?;
                }
                (Some("version" | "V"), None) => {
                    return Ok(Command::Print(format!("{} {}", self.program, self.version)));
                }
                (Some("help" | "h"), None) => return Ok(Command::Print(self.help())),
                _ => return Err(self.invalid(format!("unexpected argument {argument:?}"))),
            }
        }
        Ok(if is_debug { Command::Debug { provider_address } } else { Command::Serve })
    }

    fn invalid(&self, problem: String) -> InvalidArguments {
        InvalidArguments { problem, usage: format!("{}\n\nFor more information, use --help.", self.usage()) }
    }

    fn usage(&self) -> String {
        format!("Usage: {} [OPTIONS]", self.program)
    }

    fn help(&self) -> String {
        let Self { about, provider_address, .. } = self;
        format!(
            "{about}

Terraform and OpenTofu start this program without arguments.

{}

Options:
      --debug
          Serve until interrupted, for a debugger, and print the value of TF_REATTACH_PROVIDERS with which Terraform uses
          this process

      --provider-address <ADDRESS>
          With --debug: the provider's source address in the configurations that use it

          [default: {provider_address}]

  -h, --help
          Print help

  -V, --version
          Print version",
            self.usage()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARGUMENTS: Arguments =
        Arguments { program: "toy", version: "1.2.3", about: "A toy.", provider_address: "example/toy" };

    fn parse(arguments: &[&str]) -> Result<Command, InvalidArguments> {
        ARGUMENTS.parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn options_are_parsed_with_one_dash_or_two() {
        let debug = |address: &str| Ok(Command::Debug { provider_address: address.to_owned() });
        assert_eq!(parse(&[]), Ok(Command::Serve));
        assert_eq!(parse(&["-debug"]), debug("example/toy"));
        assert_eq!(parse(&["--debug", "--provider-address", "other/toy"]), debug("other/toy"));
        assert_eq!(parse(&["-provider-address=other/toy", "--debug"]), debug("other/toy"));
        assert_eq!(parse(&["--provider-address", "other/toy"]), Ok(Command::Serve));
        assert_eq!(parse(&["--version"]), Ok(Command::Print("toy 1.2.3".to_owned())));
        assert!(matches!(parse(&["-h"]), Ok(Command::Print(help)) if help.contains("[default: example/toy]")));
    }

    #[test]
    fn unknown_arguments_are_errors_that_print_the_usage() {
        for arguments in [&["--other"][..], &["debug"], &["--debug=yes"], &["---debug"], &[""], &["--provider-address"]]
        {
            let invalid = parse(arguments).unwrap_err().to_string();
            assert!(invalid.contains("Usage: toy [OPTIONS]"), "{arguments:?}: {invalid}");
        }
    }
}
