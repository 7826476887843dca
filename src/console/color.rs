//! Whether to use colours.

use std::ffi::OsString;
use std::str::FromStr;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal that can show them, and as the environment asks for.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl FromStr for ColorChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err(format!("`{name}` is none of `auto`, `always` and `never`")),
        }
    }
}

impl ColorChoice {
    /// What holds for one stream. The order is cargo's: the option, `CARGO_TERM_COLOR`,
    /// `NO_COLOR` (<https://no-color.org>), `CLICOLOR_FORCE` and `CLICOLOR`
    /// (<https://bixense.com/clicolors>), then whether the stream is a terminal with colours.
    pub(super) fn resolve(
        self,
        variable: &dyn Fn(&str) -> Option<OsString>,
        is_terminal: bool,
    ) -> bool {
        let cargo = || {
            let value = variable("CARGO_TERM_COLOR")?;
            value.to_str()?.parse().ok()
        };
        let choice = if self == Self::Auto { cargo().unwrap_or(self) } else { self };
        match choice {
            Self::Always => return true,
            Self::Never => return false,
            Self::Auto => {}
        }
        let is_set = |name| variable(name).is_some_and(|value| !value.is_empty() && value != "0");
        if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return false;
        }
        if is_set("CLICOLOR_FORCE") {
            return true;
        }
        let declined = variable("CLICOLOR").is_some_and(|value| value == "0");
        is_terminal && !declined && !is_dumb(variable)
    }
}

/// Whether the terminal understands no escape sequences.
pub(super) fn is_dumb(variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
    match variable("TERM") {
        Some(term) => term == "dumb",
        // Windows has terminals without it.
        None => cfg!(unix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(choice: ColorChoice, variables: &[(&str, &str)], is_terminal: bool) -> bool {
        let find = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        };
        choice.resolve(&find, is_terminal)
    }

    #[test]
    fn a_terminal_has_colours_unless_it_is_dumb() {
        let xterm = ("TERM", "xterm");
        assert!(resolve(ColorChoice::Auto, &[xterm], true));
        assert!(!resolve(ColorChoice::Auto, &[xterm], false));
        assert!(!resolve(ColorChoice::Auto, &[("TERM", "dumb")], true));
        assert_eq!(resolve(ColorChoice::Auto, &[], true), cfg!(not(unix)));
    }

    #[test]
    fn the_environment_is_heard_in_cargo_s_order() {
        let xterm = ("TERM", "xterm");
        let auto = ColorChoice::Auto;
        assert!(!resolve(auto, &[xterm, ("NO_COLOR", "1")], true));
        assert!(resolve(auto, &[xterm, ("NO_COLOR", "")], true), "empty is unset");
        assert!(resolve(auto, &[("CLICOLOR_FORCE", "1")], false));
        assert!(!resolve(auto, &[("CLICOLOR_FORCE", "0")], false));
        assert!(!resolve(auto, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false));
        assert!(!resolve(auto, &[xterm, ("CLICOLOR", "0")], true));
        assert!(resolve(auto, &[("CARGO_TERM_COLOR", "always"), ("NO_COLOR", "1")], false));
        assert!(!resolve(auto, &[xterm, ("CARGO_TERM_COLOR", "never")], true));
        assert!(resolve(auto, &[xterm, ("CARGO_TERM_COLOR", "nonsense")], true));
    }

    #[test]
    fn the_option_wins() {
        let never = [("CARGO_TERM_COLOR", "never"), ("NO_COLOR", "1")];
        assert!(resolve(ColorChoice::Always, &never, false));
        let always = [("CARGO_TERM_COLOR", "always"), ("CLICOLOR_FORCE", "1"), ("TERM", "xterm")];
        assert!(!resolve(ColorChoice::Never, &always, true));
        assert_eq!("always".parse(), Ok(ColorChoice::Always));
        assert!("maybe".parse::<ColorChoice>().unwrap_err().contains("maybe"));
    }
}
