//! What `--quiet` prints goes into somebody's `xargs`: names, ids and URLs from the server have
//! their form, or the answer is refused. An array is no object, at any depth.

use jelou::sandbox::Fault;
use serde_json::{Value, json};

use super::against;
use crate::support::cli::Cli;
use crate::support::raw_server::{self, RawServer};

const AT: &str = "2026-04-05T09:00:00Z";

#[track_caller]
fn assert_refused(answer: &Value, line: &str) {
    let server = RawServer::always(raw_server::json(200, &answer.to_string()));
    let arguments: Vec<&str> = line.split(' ').collect();
    let ran = against(&server).jelou(&arguments);
    assert_eq!((ran.status, ran.stdout.as_str()), (9, ""), "{line} {answer} {ran:?}");
    assert!(ran.stderr.contains("API_ERROR"), "{ran:?}");
}

#[test]
fn names_that_would_be_options_are_refused() {
    for name in ["--api-url=http://evil", "-y", "--help", "", "a b", "a\nb", "../x", "a;b", "A", "é"] {
        let function = json!({"slug": name, "name": "x", "status": "live", "created_at": AT});
        assert_refused(&json!({"items": [function]}), "functions list --quiet");
        assert_refused(
            &json!({"items": [{"key": name.to_lowercase(), "updated_at": AT}]}),
            "secrets list my-function --quiet",
        );
    }
    for id in ["--api-url", "--allow-http", "-y", "-", "--print-token"] {
        let token = json!({"id": id, "name": "x", "prefix": "jfn_rt_abcd", "function": "my-function", "status": "active", "created_at": AT});
        assert_refused(&json!({"items": [token]}), "tokens list my-function --quiet");
        let deployment = json!({"id": id, "function": "my-function", "status": "live", "created_at": AT});
        assert_refused(&json!({"items": [deployment]}), "deployments list my-function --quiet");
        assert_refused(&json!({"id": id, "name": "n", "type": "pat", "scopes": []}), "whoami --quiet");
    }
}

#[test]
fn a_url_that_is_none_is_refused() {
    for url in [
        "--output=x",
        "-o",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://",
        "https://a b",
        "https://a\n-x",
        "a",
    ] {
        for field in ["url", "mcp_url"] {
            let mut function = json!({"slug": "my-function", "name": "x", "status": "live", "created_at": AT});
            function[field] = json!(url);
            assert_refused(&function, "functions info my-function --quiet");
            assert_refused(&function, "functions info my-function --mcp-config");
            assert_refused(&json!({"items": [function]}), "functions list");
        }
        let cli = Cli::new();
        cli.write("jelou.json", r#"{"slug":"my-function"}"#);
        cli.write("index.ts", "export default 1;");
        cli.sandbox.inject(Fault::patch(json!({"url": url})).method("POST"));
        let ran = cli.jelou(&["deploy", "-y"]).ended(0);
        assert!(!ran.stdout.contains(url.trim_end()) || url == "a", "{ran:?}");
    }
}

#[test]
fn an_array_is_no_object_at_any_depth() {
    assert_refused(&json!(["usr_1", "n", "pat", []]), "whoami");
    assert_refused(&json!({"items": [["my-function", "x", null, null, null, "live", AT]]}), "functions list");
    assert_refused(&json!([[["tok_1"]]]), "tokens list my-function");
    let mut deployment = json!({"id": "dep_1", "function": "my-function", "status": "live", "created_at": AT});
    deployment["files"] = json!([["index.ts", 5]]);
    assert_refused(&deployment, "deployments info my-function dep_1");
    // Behind fields that are read as a part of a larger object.
    let cli = Cli::new();
    cli.write("jelou.json", r#"{"slug":"my-function"}"#);
    cli.write("index.ts", "export default 1;");
    cli.sandbox.inject(Fault::patch(json!({"files": [["index.ts", 5]]})).method("POST"));
    cli.jelou(&["deploy", "-y"]).ended(9);
}
