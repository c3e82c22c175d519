//! The main job: a pipeline creates a token, uses it, revokes it.

use crate::support::cli::Cli;

/// The one-liner and the call of the vendor's page, then the call with the revoked token.
#[test]
fn a_token_is_created_used_and_revoked() {
    let cli = Cli::new();
    let ran = cli
        .bash(
            r#"
            CREATED=$(jelou tokens create my-function --name ci-staging --json --wait)
            TOKEN=$(echo "$CREATED" | jq -r '.data.token')
            ID=$(echo "$CREATED" | jq -r '.data.id')
            status() { curl -s -o /dev/null -w '%{http_code}\n' -X POST "$JELOU_GATEWAY_URL/fn/my-function" "$@"; }
            status -H "X-Jelou-Token: $TOKEN" -d '{"query": "test"}'
            status
            jelou tokens revoke my-function "$ID" -y --wait
            status -H "X-Jelou-Token: $TOKEN"
            "#,
        )
        .ended(0);
    let (before, after) = ran.stdout.split_once("✓ Token revoked: \"ci-staging\" (tok_").expect("its name");
    assert!(before == "200\n401\n" && after.ends_with(")\n401\n"), "{ran:?}");
    let writes = cli.sent(true).into_iter().filter(|line| line.contains("/v1/")).collect::<Vec<_>>();
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert_eq!(writes[0], "POST /v1/functions/my-function/tokens");
    assert!(writes[1].starts_with("DELETE /v1/functions/my-function/tokens/tok_"), "{writes:?}");
}

/// The first command of the README: no jq, safe under plain `sh -e`.
#[test]
fn quiet_gives_the_value_and_a_failure_stops_the_script() {
    let cli = Cli::new();
    let ran = cli.bash("TOKEN=$(jelou tokens create my-function --name ci --quiet); echo \"<$TOKEN>\"").ended(0);
    assert!(ran.stdout.starts_with("<jfn_rt_sbx_") && ran.stdout.ends_with(">\n"), "{ran:?}");
    let ran = cli.bash("TOKEN=$(jelou tokens create my-function --name ci --quiet); echo went on").ended(7);
    assert_eq!(ran.stdout, "");
    let ran =
        cli.bash("T=$(jelou tokens create my-function --name ci --json | jq -r .data.token); echo went on").ended(5);
    assert_eq!(ran.stdout, "");
}
