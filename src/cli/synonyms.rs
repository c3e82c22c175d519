//! Words of other programs for what is spelled otherwise here. They are no aliases: the error of
//! one says what to type.

/// Words of a group (`""` is the program itself), and the hint that leads on.
type Row = (&'static str, &'static [&'static str], &'static str);

const ROWS: &[Row] = &[
    ("", &["auth-status", "me", "profile", "user"], "`jelou whoami` shows whose credential is used"),
    ("", &["signin", "sign-in", "log-in"], "`jelou login` stores a management token"),
    ("", &["signout", "sign-out", "log-out"], "`jelou logout` forgets a stored management token"),
    ("", &["version"], "`jelou --version` prints it"),
    ("", &["config", "env", "settings"], "settings are flags and variables: `jelou help environment` lists them"),
    ("", &["list", "ls"], "`jelou functions list` lists functions, `jelou tokens list` the tokens of one"),
    ("", &["info", "show", "get", "describe"], "`jelou functions info` shows a function, `jelou tokens info` a token"),
    ("", &["create", "new", "add"], "`jelou tokens create` makes a token, `jelou functions create` a function"),
    ("", &["delete", "rm", "remove"], "`jelou tokens revoke` ends a token, `jelou functions delete` a function"),
    ("", &["use", "switch"], "`jelou auth switch` makes a stored profile the active one"),
    ("", &["start", "serve", "mock"], "`jelou sandbox start` starts the platform on this machine"),
    (
        "",
        &["run", "exec"],
        "`jelou tokens exec` runs a command with a token of its own, `jelou sandbox run` in a sandbox",
    ),
    ("", &["whois", "scan", "leak", "leaks"], "`jelou tokens whois` tells whose values stand in a text"),
    ("", &["invoke", "curl", "request"], "`jelou call` sends one request to a function"),
    ("tokens", &["add", "new", "issue", "generate", "mint", "make"], "`jelou tokens create` makes a token"),
    ("tokens", &["describe", "view", "inspect"], "`jelou tokens info` shows a token"),
    ("tokens", &["remove", "del", "destroy", "kill", "expire"], "`jelou tokens revoke` ends tokens"),
    ("tokens", &["renew", "refresh", "roll", "replace", "update"], "`jelou tokens rotate` gives a token a new value"),
    ("tokens", &["reset"], "`jelou tokens regenerate` gives a token a new value, and the old one stops at once"),
    ("tokens", &["check", "test", "validate", "status"], "`jelou tokens verify` asks whether a token is accepted"),
    (
        "tokens",
        &["find", "scan", "leaks", "leaked", "identify", "whose", "who"],
        "`jelou tokens whois` tells whose values stand in a text",
    ),
    ("tokens", &["run"], "`jelou tokens exec` runs a command with a token of its own"),
    ("tokens", &["clean", "cleanup", "clean-up", "gc", "purge"], "`jelou tokens prune` revokes what filters select"),
    (
        "tokens",
        &["suspend", "pause", "deactivate", "block"],
        "`jelou tokens disable` refuses tokens until they are enabled",
    ),
    ("tokens", &["activate", "resume", "unblock"], "`jelou tokens enable` accepts disabled tokens again"),
    ("functions", &["add", "new"], "`jelou functions create` makes a function"),
    ("functions", &["show", "get", "describe", "view", "inspect", "url"], "`jelou functions info` shows a function"),
    ("functions", &["remove", "del", "destroy"], "`jelou functions delete` deletes a function"),
    ("functions", &["invoke", "run"], "`jelou call` sends one request to a function"),
    ("functions", &["push", "publish", "update"], "`jelou deploy` uploads a function"),
    ("deployments", &["create", "new", "start", "add"], "`jelou deploy` makes a deployment"),
    (
        "deployments",
        &["show", "get", "describe", "view", "inspect", "status"],
        "`jelou deployments info` shows a deployment",
    ),
    ("deployments", &["pull", "fetch"], "`jelou deployments download` fetches the files of a deployment"),
    ("deployments", &["watch", "follow"], "`jelou deployments wait` waits until a deployment is live"),
    ("deployments", &["restore", "revert", "undo"], "`jelou rollback` runs the code of an earlier deployment again"),
    ("secrets", &["add", "create", "put", "new", "update", "edit"], "`jelou secrets set` sets secrets"),
    ("secrets", &["remove", "unset", "del", "destroy"], "`jelou secrets delete` deletes secrets"),
    (
        "secrets",
        &["get", "show", "info", "describe", "view", "reveal"],
        "`jelou secrets list` lists the keys; a value is never shown",
    ),
    (
        "auth",
        &["status", "show", "get", "info", "me"],
        "`jelou whoami` shows whose credential is used, and where it comes from",
    ),
    (
        "auth",
        &["token", "print-token", "access-token"],
        "a stored token is never printed; `jelou whoami` shows whose it is",
    ),
    ("auth", &["add", "new", "create", "signin"], "`jelou login` stores a management token as a profile"),
    ("auth", &["use", "select", "activate"], "`jelou auth switch` makes a stored profile the active one"),
    ("auth", &["delete", "del", "forget", "revoke"], "`jelou auth remove` forgets a profile"),
    ("sandbox", &["serve", "up"], "`jelou sandbox start` starts the platform"),
    ("sandbox", &["exec", "shell"], "`jelou sandbox run -- CMD` runs a command against the platform"),
    ("sandbox", &["log", "logs", "requests"], "`jelou sandbox journal` shows what a sandbox was asked"),
    ("sandbox", &["clock", "time", "tick"], "`jelou sandbox advance` moves the clock"),
];

/// Flags of other programs, and what is spelled so here.
const FLAGS: &[(&[&str], &str)] = &[
    (&["--output", "--format", "-o"], "--json"),
    (&["--ttl", "--lifetime", "--expiry", "--expiration"], "--expires-in"),
    (&["--slug", "--project", "--app", "--fn"], "--function"),
    (&["--force", "--assume-yes", "--confirm", "--no-confirm", "--non-interactive"], "--yes"),
    (&["--debug", "--trace", "--log-level"], "--verbose"),
    (&["--silent"], "--quiet"),
    (&["--endpoint", "--host", "--url", "--base-url", "--server"], "--api-url"),
    (&["--query"], "--jq"),
    (&["--out", "--save", "--sink", "--file"], "--to"),
    (&["--overlap"], "--grace"),
    (&["--pattern", "--filter", "--glob"], "--name"),
];

/// What leads on from a word below a group (`""` is the program itself).
pub(crate) fn of_word(group: &str, word: &str) -> Option<&'static str> {
    ROWS.iter().find(|(of, words, _)| *of == group && words.contains(&word)).map(|(_, _, hint)| *hint)
}

/// The flag that is spelled so here.
pub(crate) fn of_flag(flag: &str) -> Option<&'static str> {
    FLAGS.iter().find(|(flags, _)| flags.contains(&flag)).map(|(_, here)| *here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{command, name_of, vendors_own};

    /// The commands that a hint names.
    fn named(hint: &str) -> Vec<Vec<String>> {
        let quoted = hint.split('`').skip(1).step_by(2).filter_map(|text| text.strip_prefix("jelou "));
        let words = quoted.map(|text| text.split(" --").next().unwrap_or(text));
        words.map(|text| text.split(' ').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn every_row_leads_to_a_command_and_hides_none() {
        for (group, words, hint) in ROWS {
            let named = named(hint);
            assert!(!named.is_empty(), "{hint}");
            for words in named.iter().filter(|words| words[0] != "help" && !words[0].starts_with("--")) {
                assert!(name_of(words).is_some(), "{words:?} in {hint}");
            }
            let node = command(group).expect("the group");
            for word in *words {
                assert!(node.find_subcommand(word).is_none(), "`{group} {word}` is a command");
                assert!(vendors_own::find(group, word).is_none(), "`{group} {word}` is the vendor's");
            }
        }
    }
}
