//! Names of environment variables that are safe to set.

/// Why names are refused, and which; `*` stands for any rest. Upper and lower case are not told
/// apart, as the runner does for `NODE_OPTIONS` (actions/runner `FileCommandManager.cs`).
const REFUSED: [(&str, &str); 9] = [
    ("it changes what shells do", "BASHOPTS BASH_ENV CDPATH ENV IFS PROMPT_COMMAND PS4 SHELL SHELLOPTS"),
    ("every program relies on it", "HOME PATH PWD TMPDIR USER"),
    ("it tells programs whether they run in a CI", "CI"),
    ("it changes how later programs reach the network", "ALL_PROXY HTTPS_PROXY HTTP_PROXY NO_PROXY"),
    (
        "it changes what a language runtime does",
        "JAVA_TOOL_OPTIONS _JAVA_OPTIONS NODE_* PERL5LIB PERL5OPT PYTHON* RUBYOPT",
    ),
    ("it changes what the dynamic linker loads", "DYLD_* LD_*"),
    ("it changes what Git does", "GIT_*"),
    ("it belongs to the runner", "ACTIONS_* GITHUB_* RUNNER_*"),
    ("it holds a management token; a runtime token belongs in `JELOU_FUNCTION_TOKEN`", "JELOU_TOKEN"),
];

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
        let is_refused = |pattern: &str| match pattern.strip_suffix('*') {
            Some(prefix) => upper.starts_with(prefix),
            None => upper == pattern,
        };
        match REFUSED.iter().find(|(_, patterns)| patterns.split(' ').any(is_refused)) {
            Some((reason, _)) => Err(format!("`{name}` is refused, for {reason}")),
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
        let patterns = REFUSED.iter().flat_map(|(_, patterns)| patterns.split(' '));
        for name in patterns.map(|pattern| pattern.replace('*', "X")).flat_map(|name| [name.to_ascii_lowercase(), name])
        {
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
