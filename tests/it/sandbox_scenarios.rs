//! The scenarios that come with the program: a pipeline that is right passes under each, and one
//! with the mistake that it is to find fails.

use crate::support::cli::{Cli, Ran};

const NAMES: [&str; 5] = ["lost-answers", "flaky", "slow-redeploys", "rate-limited", "clock-skew"];

/// All that a pipeline does with a token, one step after the other.
const RIGHT: &str = "
    jelou deploy my-function -y --wait
    jelou tokens create my-function --name ci --to file:token --wait --timeout 30s
    jelou tokens verify my-function --token-stdin < token
    jelou secrets set other-function KEY=value --wait
    jelou tokens rotate my-function ci --to file:next
    jelou tokens verify my-function --token-stdin < next
    jelou tokens disable my-function ci -y --wait
    jelou tokens enable my-function ci --wait
    jelou tokens revoke my-function ci -y --wait
    jelou tokens prune my-function --name 'pr-*' -y
    ! jelou tokens verify my-function --token-stdin < next
    jelou tokens list my-function --jq '.data[].name'
    jelou sandbox journal --jq '[.data.entries[].faults[]] | length | . > 0'
    jelou sandbox status --jq '.data.violations | length'
";

fn run(cli: &Cli, scenario: &str, script: &str) -> Ran {
    cli.write("jelou.json", r#"{"function": "my-function"}"#);
    cli.write("index.ts", "export default () => 1;\n");
    let script = script.replace("deploy my-function", "deploy");
    cli.jelou(&["sandbox", "run", "--scenario", scenario, "--", "bash", "-ec", &script])
}

#[test]
fn a_right_pipeline_passes_under_each() {
    std::thread::scope(|scope| {
        for name in NAMES {
            scope.spawn(move || {
                let cli = Cli::new();
                let ran = run(&cli, name, RIGHT);
                assert_eq!(ran.status, 0, "{name}: {ran:?}");
                assert!(ran.stdout.ends_with("\ndefault\ntrue\n0\n"), "{name}: {ran:?}");
                assert!(!ran.stderr.contains("never fired") && !ran.stderr.contains("No fault"), "{name}: {ran:?}");
            });
        }
    });
}

/// The mistake that each is to find.
#[test]
fn a_wrong_pipeline_fails_under_each() {
    let post = r#"curl -sf -m 5 -X POST "$JELOU_API_URL/v1/functions/my-function/tokens" -d '{"name":"ci"}'"#;
    let post = format!(
        "{post} -H \"Authorization: Bearer $JELOU_TOKEN\" -H 'Content-Type: application/json' \
         -H \"Idempotency-Key: \\\"$$-$RANDOM-$RANDOM-$RANDOM\\\"\""
    );
    for (name, script) in [
        // A key of its own for each attempt is none.
        ("lost-answers", format!("{post} || {post}")),
        ("flaky", "jelou tokens list my-function --retries 0".to_owned()),
        (
            "slow-redeploys",
            "jelou tokens create my-function --name ci --to file:token
             jelou tokens verify my-function --token-stdin < token"
                .to_owned(),
        ),
        ("rate-limited", "for n in 1 2 3 4 5 6 7 8 9; do jelou functions list --retries 0 || exit; done".to_owned()),
        (
            "clock-skew",
            "made=$(jelou tokens create my-function --name ci --jq '.data.created_at | fromdate' --to file:token)
             [ \"$made\" -le \"$(date +%s)\" ]"
                .to_owned(),
        ),
    ] {
        let cli = Cli::new();
        assert_ne!(run(&cli, name, &script).status, 0, "{name}");
        // Without the scenario nobody notices.
        let ran = cli.jelou(&[
            "sandbox",
            "run",
            "--redeploy-delay",
            "0s",
            "--",
            "bash",
            "-ec",
            &script.replace("file:token", "file:other").replace("< token", "< other"),
        ]);
        assert_eq!(ran.status, 0, "{name}: {ran:?}");
    }
}

#[test]
fn a_name_is_no_file_and_a_file_is_meant_by_its_path() {
    let cli = Cli::new();
    cli.write("flaky", "faults = ['status=418 GET /v1/me x*']");
    let own = run(&cli, "./flaky", "jelou whoami").ended(9);
    assert!(own.stderr.contains("(API_ERROR, exit 9)"), "{own:?}");
    run(&cli, "flaky", "jelou whoami").ended(0);
    let unknown = run(&cli, "lost-answer", "true").ended(2);
    assert!(unknown.stderr.contains("There is no scenario `lost-answer`, and no file of that name"), "{unknown:?}");
    assert!(unknown.stderr.contains("`lost-answers`"), "{unknown:?}");
    for name in NAMES {
        assert!(unknown.stderr.contains(name), "{name}: {unknown:?}");
    }
    let absent = run(&cli, "absent.toml", "true").ended(2);
    assert!(absent.stderr.contains("`absent.toml` cannot be read"), "{absent:?}");
}
