//! A proxy that fails is named, and one that cannot be read is refused by name.

use super::{HOST, LIST, Remote};
use crate::support::cli::{Cli, Ran};
use crate::support::forward_proxy::ForwardProxy;
use crate::support::raw_server::{self, RawServer};
use crate::support::tls::Authority;

#[test]
fn a_wrong_credential_is_not_tried_again() {
    let remote = Remote::new();
    let proxy = ForwardProxy::refusing(407);
    let ran = Ran::of(remote.cli.command(&["tokens", "list", "my-function", "--json"]).env("ALL_PROXY", proxy.url()));
    assert_eq!(ran.ended(10).json()["error"]["retryable"], false);
    assert_eq!(proxy.asked().len(), 1);
}

#[test]
fn a_proxy_that_fails_is_named_without_its_password() {
    let remote = Remote::new();
    for (address, says) in [
        // Nobody listens on port 1.
        ("127.0.0.1:1", "Could not connect to the proxy"),
        ("proxy.invalid:3128", "Could not connect to the proxy"),
    ] {
        let ran = remote.list(&[("HTTPS_PROXY", &format!("http://me:hunter2@{address}"))]).ended(10);
        assert!(
            ran.stderr.contains(says) && ran.stderr.contains(&format!("http://{address} (`HTTPS_PROXY`)")),
            "{ran:?}"
        );
        assert!(ran.stderr.contains("NO_PROXY") && !ran.stderr.contains("hunter2"), "{ran:?}");
    }
    for (proxy, says) in [
        (ForwardProxy::refusing(403), "refused to connect to https://api.example.test"),
        (ForwardProxy::refusing(502), "refused to connect to https://api.example.test"),
    ] {
        let ran = remote.list(&[("HTTPS_PROXY", &format!("http://me:hunter2@{}", proxy.address()))]).ended(10);
        assert!(ran.stderr.contains(says) && ran.stderr.contains(&proxy.url()), "{ran:?}");
        assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
    }
    assert_eq!(remote.server.connections(), 0);
}

#[test]
fn an_answer_that_may_be_the_proxys_says_so() {
    let mut remote = Remote::new();
    remote.cli.set("JELOU_API_URL", &format!("http://{HOST}"));
    let list = |proxy: &str| Ran::of(remote.cli.command(LIST).arg("--allow-http").env("HTTP_PROXY", proxy));
    for (status, exit) in [(403, 4), (502, 9), (503, 9), (504, 9)] {
        let proxy = ForwardProxy::refusing(status);
        let ran = list(&format!("http://me:hunter2@{}", proxy.address())).ended(exit);
        assert!(ran.stderr.contains(&format!("the proxy {} (`HTTP_PROXY`)", proxy.url())), "{ran:?}");
        assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
    }
    let server = RawServer::always(raw_server::json(403, r#"{"code":"FORBIDDEN","message":"No"}"#));
    let ran = list(&ForwardProxy::to(server.port()).url()).ended(4);
    assert!(!ran.stderr.contains("proxy"), "the platform said it: {ran:?}");
}

#[test]
fn a_failure_behind_the_proxy_is_the_servers() {
    let mut remote = Remote::new();
    let proxy = ForwardProxy::to(remote.server.port());
    let other = remote.cli.write("other.pem", Authority::named("another").pem()).display().to_string();
    remote.cli.set("JELOU_CA_CERT", &other);
    let ran = remote.list(&[("HTTPS_PROXY", &proxy.url())]).ended(10);
    assert!(ran.stderr.contains("The certificate of https://api.example.test is not accepted"), "{ran:?}");
    assert!(ran.stderr.contains("a proxy which opens TLS"), "{ran:?}");
}

#[test]
fn a_variable_that_cannot_be_read_is_refused_by_name() {
    let remote = Remote::new();
    let proxy = ForwardProxy::to(remote.server.port());
    let address = proxy.address();
    for value in [
        format!("htp://{address}"),
        format!("\"http://{address}\""),
        format!("'http://{address}'"),
        format!("http://user:p@ss#w0rd@{address}"),
        format!("http://user:p@ssw0rd@{address}"),
        format!("http://user:100%w0rd@{address}"),
        format!("http://{address}/proxy.pac"),
        format!("http://{address},http://other.test"),
        "http://".to_owned(),
        "http:// ".to_owned(),
    ] {
        for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let ran = remote.list(&[(variable, &value)]).ended(2);
            assert!(ran.stderr.contains(&format!("`{variable}`")), "{value}: {ran:?}");
            assert!(!ran.stderr.contains("w0rd") && !ran.stderr.contains(&address), "{value}: {ran:?}");
        }
        // No request would go through it.
        remote.list(&[("HTTP_PROXY", &value), ("HTTPS_PROXY", &proxy.url())]).ended(0);
        remote.list(&[("HTTPS_PROXY", &value), ("NO_PROXY", ".test")]).ended(10);
        let loopback = Cli::new();
        let ran = Ran::of(loopback.command(LIST).env("HTTP_PROXY", &value).env("ALL_PROXY", &value));
        assert_eq!(ran.status, 0, "{value}: {ran:?}");
    }
    let ran = remote.list(&[("HTTPS_PROXY", &proxy.url()), ("NO_PROXY", "\"other.test,b.test\"")]).ended(2);
    assert!(ran.stderr.contains("`NO_PROXY`") && ran.stderr.contains("quotes"), "{ran:?}");
}
