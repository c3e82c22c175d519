//! `github/rotate.yml` and `github/deploy.yml`: a value is stored where it lasts, or nothing is
//! changed.

use jelou::sandbox::{Fault, Plane};

use super::super::broken::{self, Broken};
use super::super::{FUNCTION, names, read, shows_no_value, stand_in};
use super::{Job, Ran};
use crate::support::cli::Cli;

const ROTATE: &str = "ci-examples/github/rotate.yml";
const DEPLOY: &str = "ci-examples/github/deploy.yml";
const GH_TOKEN: &str = "github_pat_0123456789";

/// A `gh` that keeps what it was given; `end` is how it ends.
fn with_gh(cli: &mut Cli, end: &str) {
    let folder = cli.folder().display().to_string();
    let script = format!(
        "printf '%s\\n' \"$@\" > {folder}/gh-arguments; env > {folder}/gh-env; cat > {folder}/gh-stdin; \
         echo '✓ Set Actions secret PARTNER_API_TOKEN for owner/repository'; {end}"
    );
    let path = stand_in(cli, "gh", &script);
    cli.set("PATH", &path);
}

fn rotate(cli: &Cli) -> Ran {
    let context = [("github.repository", "owner/repository")];
    let job = Job { context: &context, secrets: &[("SECRETS_TOKEN", GH_TOKEN)], ..Job::of(ROTATE) };
    let ran = job.run(cli);
    shows_no_value(&ran.log);
    assert!(!ran.log.contains(GH_TOKEN), "{}", ran.log);
    ran
}

/// Whether the gateway lets a value through.
fn opens(cli: &Cli, value: &str) -> bool {
    cli.sandbox.token_with_value(FUNCTION, value).is_some()
}

#[test]
fn a_rotation_stores_the_new_value_and_gives_the_old_one_an_end() {
    let mut cli = Broken::Nothing.world();
    with_gh(&mut cli, "exit 0");
    let before = broken::tokens(&cli);
    let ran = rotate(&cli);
    Broken::Nothing.was_told(&cli, &ran.ended());
    let stored = read(&cli.folder().join("gh-stdin"));
    let tokens = cli.sandbox.tokens(FUNCTION);
    let of_partner: Vec<_> = tokens.iter().filter(|token| token.name == "partner-api").collect();
    assert_eq!(of_partner.len(), 2, "{tokens:?}");
    let new = cli.sandbox.token_with_value(FUNCTION, &stored).expect("the value that `gh` has got");
    let old = of_partner.iter().find(|token| token.id != new.id).unwrap();
    assert_eq!((new.name.as_str(), new.expires_at), ("partner-api", None));
    assert_eq!(old.replaced_by.as_ref(), Some(&new.id));
    let end = old.expires_at.expect("the old one has an end").duration_since(jiff::Timestamp::now());
    assert!((86_000..=86_410).contains(&end.as_secs()), "{end:?}");
    assert!(broken::tokens(&cli).iter().any(|known| before[0] == *known), "`default` is as it was");
    assert_eq!(read(&cli.folder().join("gh-arguments")), "secret\nset\nPARTNER_API_TOKEN\n");
    let given = read(&cli.folder().join("gh-env"));
    assert!(given.contains(&format!("GH_TOKEN={GH_TOKEN}\n")) && given.contains("GH_REPO=owner/repository\n"));
    assert!(!given.contains("JELOU_TOKEN="), "it has no part in that one");
}

#[test]
fn a_rotation_that_fails_changes_nothing() {
    let failures = Broken::ALL
        .into_iter()
        .filter(|broken| !matches!(broken, Broken::Nothing | Broken::FunctionFails | Broken::RevocationNotLive));
    for broken in failures {
        let mut cli = broken.world();
        with_gh(&mut cli, "exit 0");
        let before = broken::tokens(&cli);
        let ran = rotate(&cli);
        broken.was_told(&cli, &ran.ended());
        assert_eq!(broken::tokens(&cli), before, "{broken:?}: {}", ran.log);
        assert!(!cli.folder().join("gh-stdin").exists(), "{broken:?}: nothing is stored");
    }
}

#[test]
fn a_value_that_cannot_be_stored_is_revoked_and_the_old_one_works() {
    let mut cli = Broken::Nothing.world();
    with_gh(&mut cli, "echo 'HTTP 403: Resource not accessible' >&2; exit 1");
    let before = broken::tokens(&cli);
    let ran = rotate(&cli);
    ran.stopped_at("Rotate the token", 13, &[]);
    assert_eq!(broken::tokens(&cli), before);
    assert!(!opens(&cli, &read(&cli.folder().join("gh-stdin"))));
}

/// What a command has stored it cannot forget, so the new value stays valid.
#[test]
fn an_old_value_that_gets_no_end_is_named_and_what_is_stored_works() {
    let mut cli = Broken::Nothing.world();
    with_gh(&mut cli, "exit 0");
    let before = broken::tokens(&cli);
    cli.sandbox.inject(Fault::status(403).method("PATCH"));
    let ran = rotate(&cli);
    ran.stopped_at("Rotate the token", 12, &[]);
    let (_, old, ..) = before.iter().find(|(_, _, name, _)| name == "partner-api").unwrap();
    assert!(ran.log.contains(&format!("jelou tokens revoke {FUNCTION} {old} -y")), "{}", ran.log);
    let stored = read(&cli.folder().join("gh-stdin"));
    assert!(opens(&cli, &stored), "{}", ran.log);
    cli.jelou(&["tokens", "revoke", FUNCTION, old, "-y", "--wait"]).ended(0);
    Broken::Nothing.was_told(&cli, &rotate(&cli).ended());
    let (first, second) = (stored, read(&cli.folder().join("gh-stdin")));
    assert!(first != second && opens(&cli, &second), "the next run goes on from there");
}

/// A world in which the function that calls ours exists, and ours does or does not.
fn with_sources(broken: Broken) -> Cli {
    let cli = broken.world();
    cli.write("my-function/jelou.json", r#"{"function": "my-function"}"#);
    cli.write("my-function/index.ts", "export default async () => ({ ok: true });\n");
    cli
}

fn deploy(cli: &Cli) -> Ran {
    let ran = Job::of(DEPLOY).run(cli);
    shows_no_value(&ran.log);
    ran
}

fn stored(cli: &Cli) -> Option<String> {
    let token = cli.sandbox.token_in_secret("other-function", "MY_FUNCTION_TOKEN", FUNCTION);
    token.map(|token| token.name)
}

#[test]
fn the_first_deploy_stores_the_token_and_the_next_one_none() {
    let cli = with_sources(Broken::FunctionMissing);
    let ran = deploy(&cli);
    Broken::Nothing.was_told(&cli, &ran.ended());
    assert_eq!(stored(&cli).as_deref(), Some("default"), "{}", ran.log);
    assert_eq!(names(&cli), ["default"]);
    let before = (broken::tokens(&cli), cli.sandbox.deployments("other-function").len());
    Broken::Nothing.was_told(&cli, &deploy(&cli).ended());
    assert_eq!((broken::tokens(&cli), cli.sandbox.deployments("other-function").len()), before);
    assert_eq!(stored(&cli).as_deref(), Some("default"), "what is stored still opens the function");
}

#[test]
fn a_deploy_that_fails_says_so_and_touches_no_token() {
    let failures = Broken::ALL
        .into_iter()
        .filter(|broken| !matches!(broken, Broken::Nothing | Broken::FunctionMissing | Broken::FunctionFails))
        .filter(|broken| *broken != Broken::RevocationNotLive);
    for broken in failures {
        let cli = with_sources(broken);
        let before = broken::tokens(&cli);
        let ran = deploy(&cli);
        broken.was_told(&cli, &ran.ended());
        assert_eq!(broken::tokens(&cli), before, "{broken:?}");
        assert_eq!(stored(&cli), None, "{broken:?}");
    }
}

#[test]
fn a_first_deploy_that_is_not_live_has_stored_its_token_all_the_same() {
    let cli = with_sources(Broken::FunctionMissing);
    cli.sandbox.inject(Fault::redeploy_fails().method("POST").path("/v1/functions/*/deployments"));
    let ran = deploy(&cli);
    ran.stopped_at("Deploy", 11, &[]);
    assert_eq!(stored(&cli).as_deref(), Some("default"), "{}", ran.log);
}

#[test]
fn a_first_token_that_cannot_be_stored_is_named() {
    let cli = with_sources(Broken::FunctionMissing);
    cli.sandbox.inject(Fault::status(403).on(Plane::Control).method("PUT"));
    let ran = deploy(&cli);
    ran.stopped_at("Deploy", 13, &[]);
    assert_eq!((names(&cli), stored(&cli)), (vec!["default".to_owned()], None));
    let rotated = ["tokens", "rotate", FUNCTION, "default", "--to", "secret:other-function/MY_FUNCTION_TOKEN"];
    cli.jelou(&rotated).ended(0);
    assert_eq!(stored(&cli).as_deref(), Some("default"), "as the example's comment says");
}
