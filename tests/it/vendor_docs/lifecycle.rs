//! Deploy, list, create, revoke: what the pages show a person.

use std::time::Duration;

use jelou::sandbox::{Fixture, SandboxClock};

use super::{address, cli, lines};
use crate::support::cli::Cli;
use crate::support::terminal::{Session, Streams};

/// Answers the question that a command asks at a terminal.
#[must_use]
fn answer(cli: &Cli, arguments: &[&str], question: &str, keys: &str) -> Session {
    cli.at_terminal(arguments, Streams::All, Some((question, keys)))
}

fn status_of(cli: &Cli, slug: &str, token: &str) -> String {
    let url = address(cli, slug);
    let ran = cli
        .bash(&format!("curl -s -o /dev/null -w '%{{http_code}}' -X POST {url} -H 'X-Jelou-Token: {token}' -d '{{}}'"));
    ran.ended(0).stdout
}

#[test]
fn the_first_deploy_shows_its_token_and_later_ones_do_not() {
    for (command, slug) in [(&["deploy"][..], "nueva-funcion"), (&["functions", "deploy"][..], "new-function")] {
        let cli = cli();
        cli.write("index.ts", "export default (input: unknown) => input;\n");
        cli.write("jelou.json", format!(r#"{{"function": "{slug}"}}"#));
        let yes = [command, &["-y"]].concat();
        let first = cli.jelou(&[&yes[..], &["--wait"]].concat()).ended(0);
        let shown: Vec<&str> = first.stdout.lines().collect();
        assert_eq!(
            shown[..5],
            [
                "✓ Deployed",
                &format!("▸ ID:  {}", cli.sandbox.deployments(slug)[0].id),
                &format!("▸ URL: {}", address(&cli, slug)),
                "⚠ A default runtime token was created for this function.",
                "  Save it now — it will not be shown again."
            ]
        );
        let token = shown[5].strip_prefix("▸ Token    ").unwrap();
        assert!(token.starts_with("jfn_rt_") && shown.len() == 6, "{shown:?}");
        assert_eq!(status_of(&cli, slug, token), "200");
        let names: Vec<String> = cli.sandbox.tokens(slug).into_iter().map(|token| token.name).collect();
        assert_eq!(names, ["default"]);

        let second = cli.jelou(&[&yes[..], &["--wait"]].concat()).ended(0);
        let id = &cli.sandbox.deployments(slug)[0].id;
        assert_eq!(second.stdout, format!("✓ Deployed\n▸ ID:  {id}\n▸ URL: {}\n", address(&cli, slug)));
        let json = cli.jelou(&[&yes[..], &["--json"]].concat()).ended(0).json();
        assert!(json["data"]["token"].is_null(), "{json}");
        assert_eq!(cli.jelou(&[&yes[..], &["--quiet"]].concat()).ended(0).stdout, "");
        assert_eq!(cli.sandbox.tokens(slug).len(), 1, "the token stays as it is");
    }
}

/// The pages show `deploy` without a flag: at a terminal, which asks.
#[test]
fn a_deploy_without_a_flag_asks_at_a_terminal_and_is_refused_elsewhere() {
    let cli = cli();
    cli.write("index.ts", "export default (input: unknown) => input;\n");
    cli.write("jelou.json", r#"{"function": "nueva-funcion"}"#);
    for arguments in [&["deploy"][..], &["functions", "deploy"][..]] {
        let refused = cli.jelou(arguments).ended(2);
        assert!(refused.stderr.contains("-y"), "{refused:?}");
    }
    assert_eq!(cli.sent(false), [""; 0]);
    let prompt = "? Deploy nueva-funcion? (Y/n) ";
    answer(&cli, &["deploy"], prompt, "n\r").ended(14);
    assert_eq!(cli.sent(true), [""; 0]);
    let shown = answer(&cli, &["functions", "deploy"], prompt, "y\r").ended(0).screen;
    for line in ["✓ Deployed", "⚠ A default runtime token was created for this function.", "▸ Token    jfn_rt_"] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn the_list_is_the_table_of_the_page() {
    let clock = SandboxClock::manual_at("2026-04-01T14:00:00Z".parse().unwrap());
    let functions = Fixture::parse(r#"{"functions": [{"slug": "mi-funcion"}]}"#).unwrap();
    let cli = Cli::with(|builder| builder.fixture(functions).clock(clock.clone()));
    let until = |hours: u64, minutes: u64| clock.advance(Duration::from_secs((hours * 60 + minutes) * 60));
    until(3 * 24 + 19, 0);
    let ran = cli.jelou(&["tokens", "create", "mi-funcion", "--name", "ci-deploy"]).ended(0);
    let token = ran.stdout.trim_end();
    until(2 * 24 + 1, 30);
    let default = cli.sandbox.default_token("mi-funcion").unwrap();
    assert_eq!(status_of(&cli, "mi-funcion", &default), "200");

    let listed = lines(&cli.jelou(&["tokens", "list", "mi-funcion"]).ended(0).stdout);
    let tokens = cli.sandbox.tokens("mi-funcion");
    let prefix = |value: &str| value[.."jfn_rt_sbx_".len() + 4].to_owned();
    assert_eq!(
        listed,
        [
            "▸ Name Prefix Last Used Created Status ID".to_owned(),
            format!(
                "▸ default {}.. 4/7/2026, 10:30:00 AM 4/1/2026, 2:00:00 PM active {}",
                prefix(&default),
                tokens[0].id
            ),
            format!("▸ ci-deploy {}.. never 4/5/2026, 9:00:00 AM active {}", prefix(token), tokens[1].id),
        ]
    );
}

#[test]
fn creating_a_token_prints_the_block_of_the_page() {
    let cli = cli();
    let arguments = ["tokens", "create", "mi-funcion", "--name", "ci-deploy"];
    let ran = cli.at_terminal(&arguments, Streams::NoStderr, None).ended(0);
    let shown: Vec<&str> = ran.screen.lines().collect();
    assert_eq!(shown[0], "✓ Created token \"ci-deploy\"");
    assert!(shown[1].starts_with("▸ Token    jfn_rt_"), "{shown:?}");
    assert_eq!(shown[2], "⚠ Save this token now — it will not be shown again.");
    assert!(ran.screen.contains("once the deployment"), "creating triggers an automatic redeploy: {ran:?}");
    assert_eq!(cli.sent(true), ["POST /v1/functions/mi-funcion/tokens"]);
}

#[test]
fn revoking_asks_as_the_page_does() {
    let cli = cli();
    cli.jelou(&["tokens", "create", "mi-funcion", "--name", "ci-deploy", "--quiet", "--wait"]).ended(0);
    let token = cli.sandbox.tokens("mi-funcion").into_iter().find(|token| token.name == "ci-deploy").unwrap();
    let prompt = format!("? Revoke token {}... for mi-funcion? (y/N) ", token.prefix);
    let id = token.id.to_string();
    let revoke = ["tokens", "revoke", "mi-funcion", &id];

    let declined = answer(&cli, &revoke, &prompt, "n\r").ended(14);
    assert!(!declined.screen.contains("Token revoked"), "{declined:?}");
    assert_eq!(cli.sent(true).len(), 1, "nothing but the creation was written");

    let agreed = answer(&cli, &revoke, &prompt, "y\r").ended(0);
    let shown: Vec<&str> = agreed.screen.lines().map(str::trim_end).collect();
    assert!(shown.iter().any(|line| line.ends_with(&format!("{prompt}y"))), "{shown:?}");
    assert!(shown.contains(&format!("✓ Token revoked: \"ci-deploy\" ({id})").as_str()), "{shown:?}");
    let above = shown.iter().take_while(|line| !line.starts_with("? Revoke")).last().expect("a line above");
    assert_eq!(*above, "▸ ci-deploy, last used just now");
    assert_eq!(cli.sent(true)[1..], [format!("DELETE /v1/functions/mi-funcion/tokens/{id}")]);
}

#[test]
fn with_y_nobody_is_asked_and_clients_get_401_once_the_redeploy_is_live() {
    let clock = SandboxClock::manual();
    let functions = Fixture::parse(r#"{"functions": [{"slug": "my-function"}]}"#).unwrap();
    let cli = Cli::with(|builder| builder.fixture(functions).clock(clock.clone()));
    let token = cli.jelou(&["tokens", "create", "my-function", "--name", "ci-deploy", "--quiet"]).ended(0).stdout;
    let token = token.trim_end();
    clock.advance(Duration::from_secs(1));
    assert_eq!(status_of(&cli, "my-function", token), "200");
    let id = cli.sandbox.tokens("my-function").into_iter().find(|token| token.name == "ci-deploy").unwrap().id;
    let ran = cli.jelou(&["tokens", "revoke", "my-function", &id.to_string(), "-y"]).ended(0);
    assert_eq!(ran.stdout, format!("✓ Token revoked: \"ci-deploy\" ({id})\n"));
    assert_eq!(status_of(&cli, "my-function", token), "200", "until the redeploy is live");
    clock.advance(Duration::from_secs(1));
    assert_eq!(status_of(&cli, "my-function", token), "401");
}

#[test]
fn revoking_one_of_several_tokens_does_not_affect_the_others() {
    let cli = cli();
    let default = cli.sandbox.default_token("mi-funcion").unwrap();
    let mut tokens = vec![("default", default)];
    for name in ["ci-staging", "brain-studio", "partner-api"] {
        let ran = cli.jelou(&["tokens", "create", "mi-funcion", "--name", name, "--quiet", "--wait"]).ended(0);
        tokens.push((name, ran.stdout.trim_end().to_owned()));
    }
    cli.jelou(&["tokens", "revoke", "mi-funcion", "ci-staging", "-y", "--wait"]).ended(0);
    for (name, token) in &tokens {
        let expected = if *name == "ci-staging" { "401" } else { "200" };
        assert_eq!(status_of(&cli, "mi-funcion", token), expected, "{name}");
    }
}

/// “Lost token?”
#[test]
fn a_lost_token_stays_active_beside_its_successor() {
    let cli = cli();
    let lost = cli.sandbox.default_token("mi-funcion").unwrap();
    let ran = cli.jelou(&["tokens", "create", "mi-funcion", "--name", "new-token", "--quiet", "--wait"]).ended(0);
    assert_eq!(status_of(&cli, "mi-funcion", &lost), "200");
    assert_eq!(status_of(&cli, "mi-funcion", ran.stdout.trim_end()), "200");
    cli.jelou(&["tokens", "revoke", "mi-funcion", "default", "-y", "--wait"]).ended(0);
    assert_eq!(status_of(&cli, "mi-funcion", &lost), "401");
}
