//! What the credential of each command must allow: a table for people, held against the sandbox by
//! a test.
//!
//! The platform documents no list of scopes. The names here are those of the sandbox, of which the
//! vendor's pages show two (`functions:read`, `functions:write`).

type Scopes = &'static [&'static str];

/// What a command needs.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// Its name in `.command`.
    pub command: &'static str,
    /// In every run that sends something.
    pub always: Scopes,
    /// What it needs besides, and when.
    pub also: &'static [(&'static str, Scopes)],
}

pub const WAIT: &str = "`--wait`";
pub const NOT_BY_ID: &str = "the token is not named by its id, or there is a question (no `-y`)";
pub const SECRET_SINK: &str = "`--to secret:…`";
pub const IF_EXISTS: &str = "`--if-exists rotate` of a name that exists";
pub const NEW_FUNCTION: &str = "a function that does not exist";
pub const QUESTION: &str = "there is a question (no `-y`)";
pub const MENU: &str = "no deployment is named, and a menu shows them";
pub const CREATE: &str = "`--mode create`";
pub const ALL_FUNCTIONS: &str = "no function is named";
pub const REVOKE: &str = "`--revoke`";
pub const CHECK: &str = "`--check` of a value that no list has";
pub const LINK: &str = "`--mode link`";

const UNTIL_LIVE: (&str, Scopes) = (WAIT, &["deployments:read"]);
const LOOK_UP: (&str, Scopes) = (NOT_BY_ID, &["tokens:read"]);
const STORE: (&str, Scopes) = (SECRET_SINK, &["secrets:read", "secrets:write"]);

/// Every command whose credential must allow something, in the order of the help.
pub const NEEDS: &[Needs] = &[
    Needs {
        command: "tokens create",
        always: &["tokens:write"],
        also: &[UNTIL_LIVE, STORE, (IF_EXISTS, &["tokens:read", "deployments:read"])],
    },
    Needs { command: "tokens list", always: &["tokens:read"], also: &[] },
    Needs { command: "tokens info", always: &["tokens:read"], also: &[] },
    Needs { command: "tokens revoke", always: &["tokens:write"], also: &[LOOK_UP, UNTIL_LIVE] },
    Needs { command: "tokens rotate", always: &["tokens:read", "tokens:write", "deployments:read"], also: &[STORE] },
    Needs { command: "tokens regenerate", always: &["tokens:read", "tokens:write"], also: &[UNTIL_LIVE, STORE] },
    Needs { command: "tokens disable", always: &["tokens:write"], also: &[LOOK_UP, UNTIL_LIVE] },
    Needs { command: "tokens enable", always: &["tokens:write"], also: &[LOOK_UP, UNTIL_LIVE] },
    Needs {
        command: "tokens whois",
        always: &["tokens:read"],
        also: &[
            (ALL_FUNCTIONS, &["functions:read"]),
            (REVOKE, &["tokens:write"]),
            (CHECK, &["deployments:read"]),
            UNTIL_LIVE,
        ],
    },
    Needs { command: "tokens prune", always: &["tokens:read", "tokens:write"], also: &[UNTIL_LIVE] },
    Needs { command: "tokens exec", always: &["tokens:write", "deployments:read"], also: &[] },
    Needs { command: "tokens recover", always: &["tokens:write"], also: &[STORE] },
    Needs {
        command: "deploy",
        always: &["functions:read", "deployments:write"],
        also: &[(NEW_FUNCTION, &["functions:write"]), UNTIL_LIVE, STORE],
    },
    Needs { command: "init", always: &[], also: &[(CREATE, &["functions:write"]), (LINK, &["functions:read"])] },
    Needs { command: "functions list", always: &["functions:read"], also: &[] },
    Needs { command: "functions info", always: &["functions:read"], also: &[] },
    Needs { command: "functions create", always: &["functions:write"], also: &[] },
    Needs { command: "functions delete", always: &["functions:write"], also: &[] },
    Needs { command: "deployments list", always: &["deployments:read"], also: &[] },
    Needs { command: "deployments info", always: &["deployments:read"], also: &[] },
    Needs { command: "deployments wait", always: &["deployments:read"], also: &[] },
    Needs { command: "deployments download", always: &["deployments:read"], also: &[] },
    Needs {
        command: "rollback",
        always: &["deployments:write"],
        also: &[(QUESTION, &["deployments:read"]), (MENU, &["functions:read", "deployments:read"]), UNTIL_LIVE],
    },
    Needs { command: "secrets list", always: &["secrets:read"], also: &[] },
    Needs { command: "secrets set", always: &["secrets:write"], also: &[UNTIL_LIVE] },
    Needs { command: "secrets delete", always: &["secrets:write"], also: &[(QUESTION, &["secrets:read"]), UNTIL_LIVE] },
];

/// What every command needs that shows a list of functions to pick from.
pub const PICKER: &str = "functions:read";

/// The table in Markdown, as `docs/scopes.md` shows it.
#[cfg(test)]
pub(crate) fn markdown() -> String {
    let list = |scopes: Scopes| scopes.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ");
    let mut text = "| command | always | besides |\n| --- | --- | --- |\n".to_owned();
    for Needs { command, always, also } in NEEDS {
        let also: Vec<String> = also.iter().map(|(when, scopes)| format!("{when}: {}", list(scopes))).collect();
        let also = if also.is_empty() { String::new() } else { format!(" {}", also.join("; ")) };
        text.push_str(&format!("| `{command}` | {} |{also} |\n", list(always)));
    }
    text.push_str(&format!("| any, if it shows a list of functions to pick from | | `{PICKER}` |\n"));
    text
}
