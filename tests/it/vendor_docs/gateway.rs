//! `X-Jelou-Token`: what opens a function and what does not.

use jelou::sandbox::{Fault, Plane};
use serde_json::Value;

use super::{UNAUTHORIZED, address, cli};
use crate::support::cli::Cli;

/// `curl` as the pages call it: status and body.
fn curl(cli: &Cli, arguments: &str) -> (u16, String) {
    let ran = cli.bash(&format!("curl -s -w '\\n%{{http_code}}' {arguments}")).ended(0);
    let (body, status) = ran.stdout.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), body.to_owned())
}

fn with_token(cli: &mut Cli) {
    let token = cli.sandbox.default_token("my-function").unwrap();
    let url = address(cli, "my-function");
    cli.set("TOKEN", &token).set("URL", &url);
}

#[test]
fn a_call_with_the_token_reaches_the_handler() {
    let mut cli = cli();
    with_token(&mut cli);
    for body in [r#"{"query": "test"}"#, r#"{"phone": "593987654321"}"#, r#"{"telefono": "593987654321"}"#] {
        let (status, answer) = curl(
            &cli,
            &format!(
                "-X POST $URL \\\n  -H \"Content-Type: application/json\" \\\n  -H \"X-Jelou-Token: $TOKEN\" \\\n  -d '{body}'"
            ),
        );
        assert_eq!(status, 200);
        let echo: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(echo["method"], "POST");
        assert_eq!(echo["headers"]["content-type"], "application/json");
        assert_eq!(echo["body"], serde_json::from_str::<Value>(body).unwrap());
    }
    let own = r#"{ "results": [] }"#;
    cli.sandbox.inject(Fault::answer(200, own).on(Plane::Gateway).named("the function's own answer"));
    let call = r#"-X POST $URL -H "Content-Type: application/json" -H "X-Jelou-Token: $TOKEN" -d '{"query": "test"}'"#;
    assert_eq!(curl(&cli, call), (200, own.to_owned()));
}

#[test]
fn without_a_token_or_with_an_invalid_one_it_is_a_401() {
    let mut cli = cli();
    with_token(&mut cli);
    let call = r#"-X POST $URL -H "Content-Type: application/json" -d '{"query": "test"}'"#;
    let refused = (401, UNAUTHORIZED.to_owned());
    assert_eq!(curl(&cli, call), refused);
    assert_eq!(curl(&cli, &format!("{call} -H 'X-Jelou-Token: jfn_rt_abc123...'")), refused);
    assert_eq!(curl(&cli, &format!("{call} -H 'X-Jelou-Token:'")), refused);
    let shown: Value =
        serde_json::from_str(r#"{ "error": "Unauthorized", "message": "Missing or invalid X-Jelou-Token header" }"#)
            .unwrap();
    assert_eq!(serde_json::from_str::<Value>(UNAUTHORIZED).unwrap(), shown);
}

#[test]
fn only_the_header_counts() {
    let mut cli = cli();
    with_token(&mut cli);
    cli.allow_violations();
    let refused = (401, UNAUTHORIZED.to_owned());
    for place in [
        r#"$URL -H "Authorization: Bearer $TOKEN""#,
        r#""$URL?X-Jelou-Token=$TOKEN""#,
        r#""$URL?token=$TOKEN""#,
        r#"$URL -H "Content-Type: application/json" -d "{\"X-Jelou-Token\": \"$TOKEN\"}""#,
        r#"$URL -d "X-Jelou-Token=$TOKEN""#,
    ] {
        assert_eq!(curl(&cli, &format!("-X POST {place}")), refused, "{place}");
    }
    assert_eq!(cli.sandbox.violations().len(), 3, "in a header or a URL it is what no correct client does");
}

#[test]
fn a_token_has_at_most_4_kb() {
    let mut cli = cli();
    with_token(&mut cli);
    let padded = |length: usize| format!("-X POST $URL -H \"X-Jelou-Token: $(printf '%{length}s' '' | tr ' ' a)\"");
    assert_eq!(curl(&cli, &padded(4096)), (401, UNAUTHORIZED.to_owned()));
    assert_eq!(cli.sandbox.take_violations(), [""; 0]);
    assert_eq!(curl(&cli, &padded(4097)), (401, UNAUTHORIZED.to_owned()));
    assert_eq!(cli.sandbox.take_violations().len(), 1);
}

#[test]
fn health_and_openapi_never_require_a_token() {
    let mut cli = cli();
    with_token(&mut cli);
    for path in ["/__health", "/openapi.json"] {
        assert_eq!(curl(&cli, &format!("$URL{path}")).0, 200, "{path}");
        assert_eq!(curl(&cli, &format!("-H 'X-Jelou-Token: jfn_rt_wrong' $URL{path}")).0, 200, "{path}");
    }
    assert_eq!(curl(&cli, "$URL/health"), (401, UNAUTHORIZED.to_owned()));
}

#[test]
fn a_cron_trigger_needs_no_token_and_no_header_imitates_one() {
    let mut cli = cli();
    with_token(&mut cli);
    let trigger = "-X POST $JELOU_API_URL/v1/functions/my-function/cron/nightly/trigger \
                   -H \"Authorization: Bearer $JELOU_TOKEN\" -H 'Idempotency-Key: \"1\"'";
    assert_eq!(curl(&cli, trigger).0, 202);
    assert_eq!(cli.sandbox.invocations("my-function"), 1);
    for header in ["X-Jelou-Cron: nightly", "X-Cron: 1", "User-Agent: jelou-cron"] {
        assert_eq!(curl(&cli, &format!("-X POST $URL -H '{header}'")), (401, UNAUTHORIZED.to_owned()), "{header}");
    }
}

#[test]
fn a_function_is_also_reached_by_its_host_name() {
    let mut cli = cli();
    with_token(&mut cli);
    let call = "-X POST $JELOU_GATEWAY_URL/ -H 'Host: my-function.fn.localhost' -d '{}'";
    assert_eq!(curl(&cli, call), (401, UNAUTHORIZED.to_owned()));
    assert_eq!(curl(&cli, &format!("{call} -H \"X-Jelou-Token: $TOKEN\"")).0, 200);
}

/// Brain Studio takes a URL, a header name and a header value.
#[test]
fn brain_studio_gets_its_fields_and_an_mcp_server() {
    let mut cli = cli();
    with_token(&mut cli);
    let url = address(&cli, "my-function");
    let shown = super::lines(&cli.jelou(&["functions", "info", "my-function"]).ended(0).stdout);
    assert!(shown.contains(&format!("▸ URL {url}")), "{shown:?}");
    assert!(shown.contains(&format!("▸ MCP URL {url}/mcp")), "{shown:?}");
    assert!(shown.contains(&"▸ Header name X-Jelou-Token".to_owned()), "{shown:?}");
    let data = cli.jelou(&["functions", "info", "my-function", "--json"]).ended(0).json();
    assert_eq!(data["data"]["brain_studio"]["url"], format!("{url}/mcp"));
    assert_eq!(data["data"]["brain_studio"]["header_name"], "X-Jelou-Token");

    let call = "-X POST $URL/mcp -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \
        -d '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\",\
        \"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}'";
    assert_eq!(curl(&cli, call), (401, UNAUTHORIZED.to_owned()));
    let (status, answer) = curl(&cli, &format!("{call} -H \"X-Jelou-Token: $TOKEN\""));
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("protocolVersion"), "{answer}");
}
