//! Names of environment variables that are safe to set.

/// Variables that change what later programs do. Upper and lower case are not told apart, as the
/// runner does for `NODE_OPTIONS` (actions/runner `FileCommandManager.cs`).
const REFUSED_NAMES: [(&str, &str); 25] = [
    ("BASHOPTS", SHELL),
    ("BASH_ENV", SHELL),
    ("CDPATH", SHELL),
    ("ENV", SHELL),
    ("IFS", SHELL),
    ("PROMPT_COMMAND", SHELL),
    ("PS4", SHELL),
    ("SHELL", SHELL),
    ("SHELLOPTS", SHELL),
    ("HOME", SESSION),
    ("PATH", SESSION),
    ("PWD", SESSION),
    ("TMPDIR", SESSION),
    ("USER", SESSION),
    ("CI", "it tells programs whether they run in a CI"),
    ("ALL_PROXY", PROXY),
    ("HTTPS_PROXY", PROXY),
    ("HTTP_PROXY", PROXY),
    ("NO_PROXY", PROXY),
    ("JAVA_TOOL_OPTIONS", RUNTIME),
    ("_JAVA_OPTIONS", RUNTIME),
    ("PERL5LIB", RUNTIME),
    ("PERL5OPT", RUNTIME),
    ("RUBYOPT", RUNTIME),
    ("JELOU_TOKEN", "it holds a management token; a runtime token belongs in `JELOU_FUNCTION_TOKEN`"),
];

/// The same, by the beginning of the name.
const REFUSED_PREFIXES: [(&str, &str); 8] = [
    ("LD_", "it changes what the dynamic linker loads"),
    ("DYLD_", "it changes what the dynamic linker loads"),
    ("NODE_", RUNTIME),
    ("PYTHON", RUNTIME),
    ("GIT_", "it changes what Git does"),
    ("ACTIONS_", RUNNER),
    ("GITHUB_", RUNNER),
    ("RUNNER_", RUNNER),
];

const SHELL: &str = "it changes what shells do";
const SESSION: &str = "every program relies on it";
const PROXY: &str = "it changes how later programs reach the network";
const RUNTIME: &str = "it changes what a language runtime does";
const RUNNER: &str = "it belongs to the runner";

/// The name of an environment variable that is safe to set: `[A-Za-z_][A-Za-z0-9_]*`, and none that
/// changes what later programs do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct VariableName(String);

impl VariableName {
    /// The error is the reason alone.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        if !is_identifier(name, |byte| byte == b'_') {
            return Err("the name is not `[A-Za-z_][A-Za-z0-9_]*`".to_owned());
        }
        let upper = name.to_ascii_uppercase();
        let by_name = REFUSED_NAMES.iter().find(|(refused, _)| upper == *refused);
        let by_prefix = || REFUSED_PREFIXES.iter().find(|(refused, _)| upper.starts_with(refused));
        match by_name.or_else(by_prefix) {
            Some((_, reason)) => Err(format!("`{name}` is refused, for {reason}")),
            None => Ok(Self(name.to_owned())),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for VariableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a name begins with a letter or `_` and goes on with letters, digits and what `more`
/// allows.
pub(super) fn is_identifier(name: &str, more: impl Fn(u8) -> bool) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || more(byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_that_change_other_programs_are_refused_in_any_case() {
        let named = REFUSED_NAMES.iter().map(|(name, _)| (*name).to_owned());
        let prefixed = REFUSED_PREFIXES.iter().map(|(prefix, _)| format!("{prefix}X"));
        for name in named.chain(prefixed).flat_map(|name| [name.to_ascii_lowercase(), name]) {
            assert!(VariableName::parse(&name).unwrap_err().contains(&name), "{name}");
        }
        for name in ["TOKEN", "jelou_token_2", "_T", "JELOU_FUNCTION_TOKEN", "MY_PATH", "HOMEPAGE_TOKEN", "CITY"] {
            assert!(VariableName::parse(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn names_that_would_break_the_format_are_refused() {
        for name in ["", "1A", "A-B", "A B", "A=B", "A\nB", "A<<B", "ÄB", "A'B", "$(id)"] {
            assert!(VariableName::parse(name).unwrap_err().contains("the name is not"), "{name}");
        }
    }
}
