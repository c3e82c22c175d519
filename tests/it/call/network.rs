//! Certificates and proxies: those of every other request.

use crate::support::cli::{Cli, Ran};
use crate::support::forward_proxy::ForwardProxy;
use crate::support::function_server::{FunctionServer, answer};
use crate::support::tls::{Authority, TlsServer, params};

/// Has the form of a real token, not of the sandbox's.
const REAL: &str = "jfn_rt_Real0123456789Real0123456789";
const HOST: &str = "my-fn.fn.example.test";

/// A gateway by TLS, and the certificate of its authority in a file.
fn secured() -> (Cli, TlsServer, String) {
    let authority = Authority::new();
    let identity = authority.sign(&params(&["localhost", HOST]));
    let server = TlsServer::always(identity.configuration(), answer(200, "a secured answer"));
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION_TOKEN", REAL).unset("JELOU_TOKEN");
    let pem = cli.write("ca.pem", authority.pem()).display().to_string();
    (cli, server, pem)
}

#[test]
fn a_certificate_is_checked() {
    let (cli, server, pem) = secured();
    let arguments = ["call", "my-fn", "-d", "x", "--gateway-url", &server.url()];
    let ran = cli.jelou(&[&arguments[..], &["--ca-cert", &pem]].concat()).ended(0);
    assert_eq!(ran.stdout, "a secured answer");
    let ran = cli.jelou(&arguments).ended(10);
    assert!(ran.stderr.contains("--ca-cert") && !ran.stderr.contains("may have run"), "{ran:?}");
    assert_eq!(server.requests().len(), 1, "nothing is sent to a server that nobody vouches for");
    cli.jelou(&[&arguments[..], &["--ca-cert", "nothing.pem"]].concat()).ended(2);
}

#[test]
fn https_goes_through_a_tunnel() {
    let (cli, server, pem) = secured();
    let proxy = ForwardProxy::to(server.port());
    let arguments = ["call", "my-fn", "/x", "--ca-cert", &pem, "--gateway-url", "https://{slug}.fn.example.test"];
    let ran = Ran::of(cli.command(&arguments).env("HTTPS_PROXY", proxy.url())).ended(0);
    assert_eq!((ran.stdout.as_str(), proxy.asked()), ("a secured answer", vec![format!("CONNECT {HOST}:443")]));
    assert!(server.requests()[0].to_lowercase().contains(&format!("x-jelou-token: {}", REAL.to_lowercase())));
    let refusing = ForwardProxy::refusing(403);
    let ran = Ran::of(cli.command(&arguments).env("HTTPS_PROXY", refusing.url())).ended(10);
    assert!(ran.stderr.contains("refused to connect to") && ran.stderr.contains("`HTTPS_PROXY`"), "{ran:?}");
    let ran = Ran::of(cli.command(&arguments).env("HTTPS_PROXY", "htp://x")).ended(2);
    assert!(ran.stderr.contains("`HTTPS_PROXY` is no `http`"), "{ran:?}");
}

/// Over plain HTTP nobody can tell the answers of a proxy from those of the function.
#[test]
fn a_proxy_of_plain_http_is_named() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION_TOKEN", REAL)
        .unset("JELOU_TOKEN")
        .set("JELOU_GATEWAY_URL", "http://{slug}.fn.example.test");
    let arguments = ["call", "my-fn", "/x?y", "--allow-http"];
    let server = FunctionServer::always(answer(200, "plain"));
    let port = server.url().rsplit(':').next().unwrap().parse().unwrap();
    let proxy = ForwardProxy::to(port);
    let ran = Ran::of(cli.command(&arguments).env("HTTP_PROXY", proxy.url())).ended(0);
    assert_eq!((ran.stdout.as_str(), proxy.asked()), ("plain", vec![format!("http://{HOST}/x?y")]));
    let ran = Ran::of(cli.command(&arguments).env("http_proxy", ForwardProxy::refusing(407).url()));
    assert_eq!((ran.status, ran.stdout.as_str()), (10, ""), "{ran:?}");
    assert!(ran.stderr.contains("asks for a user and a password (407)"), "{ran:?}");
    let refusing = ForwardProxy::refusing(502);
    let ran = Ran::of(cli.command(&arguments).env("HTTP_PROXY", refusing.url())).ended(9);
    assert!(
        ran.stderr.contains(&format!("it may be the answer of the proxy {} (`HTTP_PROXY`)", refusing.url())),
        "{ran:?}"
    );
    Ran::of(cli.command(&arguments[..3]).env("HTTP_PROXY", refusing.url())).ended(2);
}
