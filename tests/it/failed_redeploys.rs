//! A change whose redeploy has failed already when the answer comes: the verb says so at once, with
//! or without `--wait`, for that redeploy never becomes live. What was made is delivered.

use jelou::sandbox::Fault;
use serde_json::{Value, json};

use crate::support::cli::Cli;

const WHY: &str = "out of memory";

/// The answer to a request of this method, whose redeploy has failed.
fn fail(cli: &Cli, method: &str, path: &str, is_deployment: bool) {
    let state = json!({"status": "failed", "error": WHY});
    let merged = if is_deployment { state } else { json!({"deployment": state}) };
    cli.sandbox.inject(Fault::patch(merged).method(method).path(path));
}

/// Two tokens, a secret, an old deployment and the code of a new one.
fn world() -> (Cli, String) {
    let cli = Cli::new();
    cli.write("jelou.json", r#"{"function":"my-function"}"#);
    cli.write("index.ts", "export default 1;");
    let id = cli.sandbox.deployments("my-function")[0].id.to_string();
    for line in ["deploy -y --wait", "tokens create --name one --wait", "secrets set A=1 --wait"] {
        cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(0);
    }
    (cli, id)
}

fn codes(document: &Value) -> Vec<&str> {
    document["warnings"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect()
}

#[test]
fn every_verb_that_redeploys_says_at_once_that_it_failed() {
    let tokens = "/v1/functions/my-function/tokens";
    let token = &format!("{tokens}/*");
    for (line, method, path, is_deployment) in [
        ("rollback DEPLOYMENT -y", "POST", "/v1/**/rollback", true),
        ("deploy -y", "POST", "/v1/functions/my-function/deployments", true),
        ("secrets set B=2", "PUT", "/v1/functions/my-function/secrets", false),
        ("secrets delete A -y", "DELETE", "/v1/functions/my-function/secrets/*", false),
        ("tokens create --name new", "POST", tokens, false),
        ("tokens create --name one --if-exists rotate", "DELETE", token, false),
        ("tokens regenerate one -y", "POST", "/v1/**/rotate", false),
        ("tokens rotate one -y", "DELETE", token, false),
        ("tokens revoke one -y", "DELETE", token, false),
        ("tokens disable one -y", "PATCH", token, false),
        ("tokens enable one", "PATCH", token, false),
        ("tokens prune --name one -y", "DELETE", token, false),
    ] {
        let (cli, id) = world();
        fail(&cli, method, path, is_deployment);
        let line = format!("{line} --json").replace("DEPLOYMENT", &id);
        let ran = cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(11);
        // A rotation has printed its value by then, and says the rest on stderr.
        if line.contains("rotate") {
            assert!(ran.stderr.contains("NOT_LIVE") && ran.stderr.contains(WHY), "{line}: {ran:?}");
            assert!(!ran.stderr.contains("once the redeploy"), "{line}: {ran:?}");
            continue;
        }
        let document = ran.json();
        assert_eq!(document["error"]["code"], "NOT_LIVE", "{line}: {document}");
        assert!(document["error"]["message"].as_str().unwrap().contains(WHY), "{line}: {document}");
        assert!(!document["data"].is_null(), "{line}: what happened is said: {document}");
        assert!(!codes(&document).contains(&"NOT_YET_LIVE"), "{line}: {document}");
        assert!(!document["breadcrumbs"].to_string().contains("deployments wait"), "{line}: {document}");
    }
}

#[test]
fn a_token_is_delivered_even_if_its_redeploy_has_failed() {
    let (cli, _) = world();
    fail(&cli, "POST", "/v1/functions/my-function/tokens", false);
    let ran = cli.jelou(&["tokens", "create", "--name", "new", "--to", "file:token"]).ended(11);
    assert!(ran.stderr.contains(WHY) && !ran.stderr.contains("once the redeploy"), "{ran:?}");
    let value = std::fs::read_to_string(cli.folder().join("token")).unwrap();
    assert!(value.starts_with("jfn_rt_") && cli.token_names("my-function").contains(&"new".to_owned()));
    // The first deploy of a function, too.
    let cli = Cli::new();
    cli.write("jelou.json", r#"{"function":"fresh"}"#);
    cli.write("index.ts", "export default 1;");
    fail(&cli, "POST", "/v1/functions/fresh/deployments", true);
    let document = cli.jelou(&["deploy", "-y", "--json"]).ended(11).json();
    assert!(document["data"]["token"].as_str().unwrap().starts_with("jfn_rt_"), "{document}");
    assert_eq!((&document["error"]["code"], &document["data"]["status"]), (&json!("NOT_LIVE"), &json!("failed")));
}

/// Several changes: the last one that is under way is waited for, but one that failed is said.
#[test]
fn one_failed_redeploy_of_several_is_named() {
    let (cli, _) = world();
    cli.jelou(&["tokens", "create", "--name", "two", "--wait"]).ended(0);
    fail(&cli, "DELETE", "/v1/functions/my-function/tokens/*", false);
    let document = cli.jelou(&["tokens", "revoke", "my-function", "one", "two", "-y", "--json"]).ended(11).json();
    let revoked: Vec<&Value> = document["data"].as_array().unwrap().iter().map(|item| &item["status"]).collect();
    assert_eq!(revoked, ["revoked", "revoked"], "{document}");
    assert!(document["error"]["message"].as_str().unwrap().contains(WHY), "{document}");
}
