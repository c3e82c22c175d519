//! Every command line that the pages show for functions, tokens, secrets, deployments and accounts,
//! as it is typed there, in both spellings of the pages: `jelou VERB` and `jelou functions VERB`.
//!
//! Where a page shows an id or a value, one of the sandbox's stands; each line has a world of its
//! own. What it answers is one screen of `screens/vendor_lines.snap`.

use std::time::Duration;

use jelou::sandbox::{Fixture, SandboxClock};
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::screens::Screens;

/// How a line is run.
enum At {
    /// By a script: nobody answers.
    Script,
    /// By a person, who sees prompts and types these keys.
    Person(&'static [(&'static str, &'static str)]),
}

use At::{Person, Script};

/// By a person who is not asked.
const TERMINAL: At = Person(&[]);
const YES: At = Person(&[("(y/N)", "y\r")]);

/// A line of a page, the pages that show it, how it is run, its status, and the requests that
/// change something, `SLUG` shortened.
struct Shown {
    line: &'static str,
    at: At,
    status: i32,
    writes: &'static [&'static str],
}

const fn shown(line: &'static str, at: At, status: i32, writes: &'static [&'static str]) -> Shown {
    Shown { line, at, status, writes }
}

const TOKENS: &str = "POST /v1/functions/*/tokens";
const REVOKED: &str = "DELETE /v1/functions/*/tokens/*";
const DEPLOYED: &[&str] = &["POST /v1/functions", "POST /v1/functions/*/deployments"];
const ROLLED_BACK: &[&str] = &["POST /v1/functions/*/deployments/*/rollback"];
const SECRETS: &[&str] = &["PUT /v1/functions/*/secrets"];

const TWO_SECRETS: &[(&str, &str)] = &[
    ("Secret key:", "CRM_API_KEY\r"),
    ("Secret value:", "a\r"),
    ("Add another secret? (y/N)", "y\r"),
    ("Secret key:", "JELOU_API_KEY\r"),
    ("Secret value:", "b\r"),
    ("Add another secret? (y/N)", "n\r"),
];
const NEW_FUNCTION: &[(&str, &str)] =
    &[("Function slug", "nueva\r"), ("Description", "Consulta de clientes\r"), ("Create new or link existing", "\r")];

/// Words that stand after `jelou` and, in the newer spelling, after `jelou functions`.
const IN_BOTH_SPELLINGS: [&str; 6] = ["deploy", "deployments", "init", "rollback", "secrets", "tokens"];

const LINES: &[Shown] = &[
    // Seeds: tokens.
    shown("tokens list my-function", Script, 0, &[]),
    shown("tokens list mi-funcion", Script, 0, &[]),
    shown("tokens list", Script, 0, &[]),
    shown("tokens list my-function --json", Script, 0, &[]),
    shown("tokens create my-function --name ci-deploy", TERMINAL, 0, &[TOKENS]),
    shown("tokens create my-function --name ci-deploy", Script, 0, &[TOKENS]),
    shown("tokens create mi-funcion --name ci-staging --json", Script, 0, &[TOKENS]),
    shown("tokens create mi-funcion --name nuevo", Script, 0, &[TOKENS]),
    shown("tokens create --name new-token", Script, 0, &[TOKENS]),
    shown("tokens revoke my-function <token-id> -y", Script, 0, &[REVOKED]),
    shown("tokens revoke mi-funcion <token-id>", YES, 0, &[REVOKED]),
    shown("tokens revoke mi-funcion <token-id>", Script, 2, &[]),
    // Seeds: pass a token to another function.
    shown("secrets set mi-funcion OTRA_FUNCION_TOKEN=jfn_rt_xyz789...", Script, 0, SECRETS),
    // Quickstart.
    shown("init", Person(NEW_FUNCTION), 0, &["POST /v1/functions"]),
    shown("init --slug nueva --mode create --no-input", Script, 0, &["POST /v1/functions"]),
    shown("init --slug mi-funcion --mode link --no-input", Script, 0, &[]),
    shown("init --slug mi-funcion --mode create --no-input --force", Script, 7, &["POST /v1/functions"]),
    // Deployment.
    shown("deploy", Person(&[("(Y/n)", "y\r")]), 0, DEPLOYED),
    shown("deploy", Script, 2, &[]),
    shown("deploy --dry-run", Script, 0, &[]),
    shown("deploy --no-confirm", Script, 0, DEPLOYED),
    shown("deploy --no-confirm --follow", Script, 0, DEPLOYED),
    shown("deploy --no-confirm --json", Script, 0, DEPLOYED),
    shown("rollback query-customer dep_def67890", YES, 0, ROLLED_BACK),
    shown("rollback", Person(&[("Roll back to which", "\r"), ("(y/N)", "y\r")]), 0, ROLLED_BACK),
    shown("rollback", Script, 2, &[]),
    shown("deployments list query-customer", Script, 0, &[]),
    shown("deployments list", Script, 0, &[]),
    shown("deployments info query-customer dep_def67890", Script, 0, &[]),
    shown("deployments download query-customer dep_def67890", Script, 0, &[]),
    shown("deployments download query-customer dep_def67890 -o artifact", Script, 0, &[]),
    // Functions.
    shown("functions list", Script, 0, &[]),
    shown("functions info consultar-cliente", Script, 0, &[]),
    shown("functions create --slug nueva --name Nueva", Script, 0, &["POST /v1/functions"]),
    shown("functions delete otra-funcion -y", Script, 0, &["DELETE /v1/functions/*"]),
    // Secrets.
    shown("secrets list consultar-cliente", Script, 0, &[]),
    shown("secrets set consultar-cliente CRM_API_KEY=a JELOU_API_KEY=b", Script, 0, SECRETS),
    shown("secrets set consultar-cliente --from-env .env", Script, 0, SECRETS),
    shown("secrets set consultar-cliente", Person(TWO_SECRETS), 0, SECRETS),
    shown("secrets delete consultar-cliente CRM_API_KEY", YES, 0, &["DELETE /v1/functions/*/secrets/*"]),
    // Accounts.
    shown("login --token <pat>", Script, 0, &[]),
    shown("login --token <pat> --profile staging --skip-skills", Script, 0, &[]),
    shown("login", Person(&[("Paste your API key", "<pat>\r")]), 0, &[]),
    shown("whoami", Script, 0, &[]),
    shown("auth list", Script, 0, &[]),
    shown("auth switch staging", Script, 0, &[]),
    shown("auth switch", Person(&[("Which profile", "\r")]), 0, &[]),
    shown("auth remove staging -y", Script, 0, &[]),
    shown("logout --profile staging", Script, 0, &[]),
    shown("logout --all", YES, 0, &[]),
    // The vendor's alone.
    shown("dev", Script, 2, &[]),
    shown("functions dev --port 3000 --env .env --no-watch", Script, 2, &[]),
    shown("logs mi-funcion", Script, 2, &[]),
    shown("functions logs mi-funcion --history", Script, 2, &[]),
    shown("cron logs mi-funcion --state ERROR", Script, 2, &[]),
    shown("functions cron logs mi-funcion", Script, 2, &[]),
    shown("skill install", Script, 2, &[]),
    shown("agent install", Script, 2, &[]),
    shown("secret list", Script, 2, &[]),
    shown("secret set NAME value", Script, 2, &[]),
    shown("logs chat --describe", Script, 2, &[]),
];

/// A world in which every line has something to do.
fn world(line: &str) -> Cli {
    let functions = ["my-function", "mi-funcion", "otra-funcion", "query-customer"].map(|slug| {
        // Two tokens, so that one can be revoked.
        json!({"slug": slug, "tokens": [{"name": "ci-old"}]})
    });
    let client = json!({"slug": "consultar-cliente", "secrets": {"CRM_API_KEY": "a"}});
    let functions: Vec<_> = functions.into_iter().chain([client]).collect();
    let fixture = Fixture::parse(&json!({"functions": functions}).to_string()).unwrap();
    let mut cli =
        Cli::with(|builder| builder.fixture(fixture).clock(SandboxClock::manual()).redeploy_delay(Duration::ZERO));
    // The default of the lines that name no function.
    cli.set("JELOU_FUNCTION", if line == "rollback" { "query-customer" } else { "my-function" });
    let config = cli.folder().join("config").display().to_string();
    cli.set("JELOU_CONFIG_DIR", &config);
    cli.write(".env", "CRM_API_KEY=c\n# a comment\nJELOU_API_KEY=d\n");
    cli.write("index.ts", "export default (input: unknown) => input;\n");
    if !line.contains("init") {
        cli.write("jelou.json", json!({"function": "nueva-funcion", "entrypoint": "index.ts"}).to_string());
    } else if !line.contains("--force") {
        for file in ["index.ts", ".env"] {
            std::fs::remove_file(cli.folder().join(file)).unwrap();
        }
    }
    if ["auth", "logout", "whoami", "login"].contains(&line.split(' ').next().unwrap()) {
        if !line.starts_with("login") {
            for profile in ["staging", "default"] {
                cli.jelou_with_stdin(&["login", "--token-stdin", "--profile", profile], cli.sandbox.pat()).ended(0);
            }
        }
        cli.unset("JELOU_TOKEN");
    }
    if line.contains("rollback") || line.contains("deployments") {
        for version in ["1", "2"] {
            cli.write("other/jelou.json", r#"{"function":"query-customer"}"#);
            cli.write("other/index.ts", format!("export default {version};\n"));
            cli.jelou(&["deploy", "other", "-y", "--wait"]).ended(0);
        }
    }
    cli
}

/// The line with what exists in this world.
fn in_this_world(cli: &Cli, text: &str) -> String {
    let earlier =
        cli.sandbox.deployments("query-customer").into_iter().rev().nth(1).map(|earlier| earlier.id.to_string());
    let slug = if text.contains("mi-funcion") { "mi-funcion" } else { "my-function" };
    let token = cli.sandbox.tokens(slug)[0].id.to_string();
    text.replace("<pat>", cli.sandbox.pat())
        .replace("<token-id>", &token)
        .replace("dep_def67890", &earlier.unwrap_or_default())
}

/// A path without what differs: `POST /v1/functions/*/tokens`.
fn shortened(sent: &str) -> String {
    let parts = sent.split('/').enumerate();
    let kept = parts.map(|(place, part)| if place > 2 && place % 2 == 1 { "*" } else { part });
    kept.collect::<Vec<_>>().join("/")
}

/// A terminal shows times as ages, which grow: `7 months ago` becomes `AGE`.
fn without_ages(screen: &str) -> String {
    let mut parts = screen.split(" ago").peekable();
    let mut text = String::new();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            text.push_str(part);
            break;
        }
        let words: Vec<&str> = part.rsplitn(3, ' ').collect();
        text.push_str(&format!("{} AGE", words[2]));
    }
    text
}

#[test]
fn every_line_of_the_pages_does_what_they_say() {
    let mut screens = Screens::default();
    for Shown { line, at, status, writes } in LINES {
        let is_spelled_twice = IN_BOTH_SPELLINGS.contains(&line.split(' ').next().unwrap());
        let mut shorter: Option<String> = None;
        for prefix in ["", "functions "].into_iter().take(if is_spelled_twice { 2 } else { 1 }) {
            let cli = world(line);
            let before = cli.sent(true).len();
            let typed = in_this_world(&cli, &format!("{prefix}{line}"));
            let words: Vec<&str> = typed.split(' ').collect();
            let (name, typed) = (format!("jelou {line}"), format!("jelou {prefix}{line}"));
            let mut screen = Screens::default();
            match at {
                Script => {
                    let ran = cli.jelou(&words);
                    assert_eq!(ran.status, *status, "{typed}: {ran:?}");
                    screen.add(&cli, &name, &ran);
                    if prefix.is_empty() {
                        screens.add(&cli, &name, &ran);
                    }
                }
                Person(prompts) => {
                    let keys: Vec<(&str, String)> =
                        prompts.iter().map(|(prompt, keys)| (*prompt, in_this_world(&cli, keys))).collect();
                    let keys: Vec<(&str, &str)> = keys.iter().map(|(prompt, keys)| (*prompt, keys.as_str())).collect();
                    let mut session = cli.converse(&words, &keys);
                    // The terminal echoes the line end of an answer before or after the menu has read it.
                    let lines = session.screen.lines().filter(|line| !line.trim().is_empty());
                    let shown = lines.collect::<Vec<_>>().join("\n");
                    session.screen = without_ages(&format!("{shown}\n"));
                    assert_eq!(session.status, *status, "{typed}: {session:?}");
                    screen.add_session(&cli, &name, &session);
                    if prefix.is_empty() {
                        screens.add_session(&cli, &name, &session);
                    }
                }
            }
            let sent: Vec<String> = cli.sent(true)[before..].iter().map(|sent| shortened(sent)).collect();
            assert_eq!(sent, *writes, "{typed}");
            let text = screen.text();
            assert_eq!(shorter.get_or_insert_with(|| text.clone()), &text, "{typed}: both spellings show the same");
        }
    }
    screens.check("vendor_lines");
}
