//! Jerakia's verbs: create (`--quiet`), regenerate, list, disable, enable, delete.

use super::{address, cli, lines};
use crate::support::cli::Cli;

fn is_accepted(cli: &Cli, token: &str) -> bool {
    let url = address(cli, "my-function");
    let ran = cli.bash(&format!("curl -s -o /dev/null -w '%{{http_code}}' {url} -H 'X-Jelou-Token: {token}'")).ended(0);
    match ran.stdout.as_str() {
        "200" => true,
        "401" => false,
        other => panic!("{other}"),
    }
}

/// The Status column of `my_app`.
fn status(cli: &Cli) -> Option<String> {
    let listed = lines(&cli.jelou(&["token", "list", "my-function"]).ended(0).stdout);
    let columns = ["Name", "Prefix", "Last", "Used", "Created", "Status", "ID"];
    assert_eq!(listed[0], format!("▸ {}", columns.join(" ")));
    let row = listed.iter().find(|row| row.starts_with("▸ my_app "))?;
    row.rsplit(' ').nth(1).map(str::to_owned)
}

#[test]
fn quiet_suppresses_the_explanation_and_just_prints_the_token() {
    let cli = cli();
    let ran = cli.jelou(&["token", "create", "my-function", "--name", "my_app", "--quiet", "--wait"]).ended(0);
    assert_eq!(ran.stderr, "");
    let token = ran.stdout.strip_suffix('\n').unwrap();
    assert!(token.starts_with("jfn_rt_sbx_") && !token.contains(char::is_whitespace), "{token}");
    assert!(is_accepted(&cli, token));
}

#[test]
fn regenerate_deletes_the_previous_token_and_creates_a_new_one() {
    let cli = cli();
    let old = cli.jelou(&["token", "create", "my-function", "--name", "my_app", "--quiet", "--wait"]).ended(0).stdout;
    let refused = cli.jelou(&["token", "regenerate", "my-function", "my_app", "--quiet"]).ended(2);
    assert!(refused.stderr.contains("-y"), "what stops others is confirmed: {refused:?}");
    let ran = cli.jelou(&["token", "regenerate", "my-function", "my_app", "--quiet", "--wait", "-y"]).ended(0);
    assert_ne!(ran.stdout, old);
    assert!(is_accepted(&cli, ran.stdout.trim_end()));
    assert!(!is_accepted(&cli, old.trim_end()));
    let named = cli.sandbox.tokens("my-function").into_iter().filter(|token| token.name == "my_app").count();
    assert_eq!(named, 1);
}

#[test]
fn a_disabled_token_is_listed_and_refused_until_it_is_enabled() {
    let cli = cli();
    let ran = cli.jelou(&["token", "create", "my-function", "--name", "my_app", "--quiet", "--wait"]).ended(0);
    let token = ran.stdout.trim_end();
    assert_eq!(status(&cli).as_deref(), Some("active"));
    let ran = cli.jelou(&["token", "disable", "my-function", "my_app", "-y", "--wait"]).ended(0);
    assert!(ran.stdout.starts_with("✓ Token disabled: \"my_app\" (tok_"), "{ran:?}");
    assert_eq!(status(&cli).as_deref(), Some("disabled"));
    assert!(!is_accepted(&cli, token));
    let ran = cli.jelou(&["token", "enable", "my-function", "my_app", "--wait"]).ended(0);
    assert!(ran.stdout.starts_with("✓ Token enabled: \"my_app\" (tok_"), "{ran:?}");
    assert_eq!(status(&cli).as_deref(), Some("active"));
    assert!(is_accepted(&cli, token));
}

#[test]
fn delete_removes_a_token_completely() {
    let cli = cli();
    let ran = cli.jelou(&["token", "create", "my-function", "--name", "my_app", "--quiet", "--wait"]).ended(0);
    cli.jelou(&["token", "delete", "my-function", "my_app", "-y", "--wait"]).ended(0);
    assert_eq!(status(&cli), None);
    assert!(!is_accepted(&cli, ran.stdout.trim_end()));
}

/// “disabling, enabling or deleting tokens will not take effect until …”: without `--wait` a
/// warning says so.
#[test]
fn without_wait_a_warning_says_that_the_change_is_not_live() {
    let cli = cli();
    cli.jelou(&["token", "create", "my-function", "--name", "my_app", "--quiet", "--wait"]).ended(0);
    for verb in ["disable", "enable", "delete"] {
        let ran = cli.jelou(&["token", verb, "my-function", "my_app", "-y"]).ended(0);
        assert!(ran.stderr.contains("once the deployment") && ran.stderr.contains("is live"), "{verb}: {ran:?}");
    }
}
