//! Forward proxies: which one a request goes through, and what it is told.

mod failures;

use crate::support::cli::{Cli, Ran};
use crate::support::forward_proxy::ForwardProxy;
use crate::support::raw_server::{self, RawServer};
use crate::support::tls::{Authority, TlsServer, params};

const LIST: &[&str] = &["tokens", "list", "my-function", "--quiet", "--retries", "0"];
/// Has the form of a real management token, not of the sandbox's.
const REAL_PAT: &str = "jfn_pat_Real0123456789Real0123456789";
const EMPTY: &str = r#"{"items":[],"next_cursor":null}"#;
const HOST: &str = "api.example.test";

/// `https://api.example.test`, which only a proxy can reach.
struct Remote {
    cli: Cli,
    server: TlsServer,
}

impl Remote {
    fn new() -> Self {
        let authority = Authority::new();
        let identity = authority.sign(&params(&[HOST, "192.0.2.1"]));
        let server = TlsServer::always(identity.configuration(), raw_server::json(200, EMPTY));
        let mut cli = Cli::new();
        let pem = cli.write("ca.pem", authority.pem()).display().to_string();
        let url = format!("https://{HOST}");
        cli.set("JELOU_CA_CERT", &pem).set("JELOU_API_URL", &url).set("JELOU_TOKEN", REAL_PAT);
        Self { cli, server }
    }

    /// Runs `list` with these variables.
    fn list(&self, variables: &[(&str, &str)]) -> Ran {
        Ran::of(self.cli.command(LIST).envs(variables.iter().copied()))
    }
}

#[test]
fn https_goes_through_a_tunnel() {
    let remote = Remote::new();
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = ForwardProxy::to(remote.server.port());
        for value in [proxy.url(), proxy.address(), format!(" {}/\n", proxy.url())] {
            remote.list(&[(variable, &value)]).ended(0);
        }
        assert_eq!(proxy.asked(), ["CONNECT api.example.test:443"; 3], "{variable}");
    }
    assert!(remote.server.requests().iter().all(|request| request.contains("uthorization: Bearer")));
}

#[test]
fn plain_http_goes_to_the_proxy_itself() {
    let mut remote = Remote::new();
    let server = RawServer::always(raw_server::json(200, EMPTY));
    remote.cli.set("JELOU_API_URL", &format!("http://{HOST}"));
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = ForwardProxy::to(server.port());
        let ran = Ran::of(remote.cli.command(LIST).arg("--allow-http").env(variable, proxy.url()));
        assert_eq!(ran.status, 0, "{variable}: {ran:?}");
        assert_eq!(proxy.asked(), ["http://api.example.test/v1/functions/my-function/tokens?limit=1000"]);
    }
    // A web server that runs this as CGI takes `HTTP_PROXY` from its caller.
    let proxy = ForwardProxy::to(server.port());
    let mut command = remote.cli.command(LIST);
    command.arg("--allow-http").env("HTTP_PROXY", proxy.url()).env("REQUEST_METHOD", "GET");
    assert_eq!(Ran::of(&mut command).status, 10, "there is no such host");
    assert_eq!(proxy.asked(), Vec::<String>::new());
    assert_eq!(Ran::of(command.env("http_proxy", proxy.url())).status, 0);
}

/// The scheme decides, then which is set.
#[test]
fn an_empty_variable_hides_no_other() {
    let remote = Remote::new();
    let (proxy, other) = (ForwardProxy::to(remote.server.port()), ForwardProxy::refusing(403));
    let (url, wrong) = (proxy.url(), other.url());
    remote.list(&[("HTTPS_PROXY", ""), ("https_proxy", &url)]).ended(0);
    remote.list(&[("HTTPS_PROXY", ""), ("https_proxy", ""), ("ALL_PROXY", ""), ("all_proxy", &url)]).ended(0);
    remote.list(&[("HTTPS_PROXY", &url), ("HTTP_PROXY", &wrong), ("ALL_PROXY", &wrong)]).ended(0);
    assert_eq!(proxy.asked().len(), 3);
    let ran = remote.list(&[("ALL_PROXY", &url), ("NO_PROXY", ""), ("no_proxy", HOST)]).ended(10);
    assert!(!ran.stderr.contains("proxy"), "the host is looked up here, in vain: {ran:?}");
    assert_eq!((proxy.asked().len(), other.asked().len()), (3, 0));
}

#[test]
fn a_credential_is_percent_encoded() {
    let remote = Remote::new();
    // `user@corp` and `p#ss/w:rd%`.
    let proxy = ForwardProxy::asking_for(remote.server.port(), "Basic dXNlckBjb3JwOnAjc3MvdzpyZCU=");
    let with = |credential: &str| format!("http://{credential}@{}", proxy.address());
    remote.list(&[("HTTPS_PROXY", &with("user%40corp:p%23ss%2Fw%3Ard%25"))]).ended(0);
    let ran = remote.list(&[("HTTPS_PROXY", &with("user%40corp:hunter2"))]).ended(10);
    assert!(ran.stderr.contains("refused its user and password (407)"), "{ran:?}");
    assert!(ran.stderr.contains(&proxy.url()) && ran.stderr.contains("`HTTPS_PROXY`"), "{ran:?}");
    assert!(!ran.stderr.contains("hunter2") && !ran.stderr.contains("corp"), "{ran:?}");
    let ran = remote.list(&[("https_proxy", &proxy.url())]).ended(10);
    assert!(ran.stderr.contains("asks for a user and a password (407)"), "{ran:?}");
    assert!(ran.stderr.contains("`https_proxy`") && ran.stderr.contains("percent-encoded"), "{ran:?}");
    let heads = remote.server.requests().join("\n").to_ascii_lowercase();
    assert!(!heads.contains("proxy-authorization"), "it is the proxy's alone: {heads}");
    let mut plain = Remote::new();
    plain.cli.set("JELOU_API_URL", &format!("http://{HOST}"));
    let ran = Ran::of(plain.cli.command(LIST).arg("--allow-http").env("HTTP_PROXY", proxy.url()));
    assert_eq!(ran.status, 10, "{ran:?}");
    assert!(ran.stderr.contains("asks for a user and a password (407)"), "{ran:?}");
    let server = RawServer::always(raw_server::json(200, EMPTY));
    let proxy = ForwardProxy::asking_for(server.port(), "Basic bWU6cCNzcw==");
    let right = format!("http://me:p%23ss@{}", proxy.address());
    let ran = Ran::of(plain.cli.command(LIST).arg("--allow-http").env("HTTP_PROXY", right));
    assert_eq!((ran.status, server.requests().len()), (0, 1), "{ran:?}");
}

/// The proxy itself can be spoken to over TLS; its certificate is checked by the same roots.
#[test]
fn a_proxy_over_tls() {
    let mut remote = Remote::new();
    let authority = Authority::new();
    let pem = remote.cli.write("proxy.pem", authority.pem()).display().to_string();
    let proxy = TlsServer::always(authority.localhost().configuration(), raw_server::json(200, EMPTY));
    remote.cli.set("JELOU_API_URL", &format!("http://{HOST}")).set("JELOU_CA_CERT", &pem);
    let plain = |proxy: &str| Ran::of(remote.cli.command(LIST).arg("--allow-http").env("HTTP_PROXY", proxy));
    plain(&proxy.url()).ended(0);
    assert!(proxy.requests()[0].starts_with("GET http://api.example.test/v1/"));
    let other = TlsServer::always(Authority::named("another").localhost().configuration(), "");
    let https = format!("https://{HOST}");
    for (variable, url) in [("HTTP_PROXY", remote.cli.env()["JELOU_API_URL"].as_str()), ("HTTPS_PROXY", &https)] {
        let mut command = remote.cli.command(LIST);
        command.arg("--allow-http").env("JELOU_API_URL", url).env(variable, other.url());
        let ran = Ran::of(&mut command).ended(10);
        let says = format!("The certificate of the proxy {} (`{variable}`) is not accepted", other.url());
        assert!(ran.stderr.contains(&says) && ran.stderr.contains("authorities in"), "{ran:?}");
    }
}

/// Over plain HTTP its answers look like the server's.
/// The tunnel was made; what came through it is the server's.
#[test]
fn the_forms_of_no_proxy() {
    let mut remote = Remote::new();
    let proxy = ForwardProxy::to(remote.server.port());
    remote.cli.set("HTTPS_PROXY", &proxy.url());
    let through = |list: &str, url: &str| {
        let before = proxy.asked().len();
        let mut command = remote.cli.command(LIST);
        command.env("no_proxy", list).env("JELOU_API_URL", url).args(["--request-timeout", "2s"]);
        let ran = Ran::of(&mut command);
        let went = proxy.asked().len() > before;
        assert_eq!(ran.status, if went { 0 } else { 10 }, "{list}: {ran:?}");
        went
    };
    let name = format!("https://{HOST}");
    for list in [
        "api.example.test",
        ".example.test",
        "example.test",
        "*.example.test",
        "api.example.test:443",
        "*",
        "x.test, *.test",
    ] {
        assert!(!through(list, &name), "{list}");
    }
    for list in ["api.example.test:8443", "ample.test", "*.api.example.test", "192.0.2.0/24", "other.test,b.test"] {
        assert!(through(list, &name), "{list}");
    }
    // 192.0.2.0/24 is for documentation (RFC 5737): nobody answers there.
    assert!(!through("192.0.2.0/24", "https://192.0.2.1"));
    assert!(!through("192.0.2.1:443", "https://192.0.2.1"));
    assert!(through("192.0.3.0/24", "https://192.0.2.1"));
}

#[test]
fn socks_5_with_and_without_its_own_look_up() {
    let remote = Remote::new();
    let proxy = ForwardProxy::socks5(remote.server.port(), None);
    for scheme in ["socks5h", "socks"] {
        remote.list(&[("ALL_PROXY", &format!("{scheme}://{}", proxy.address()))]).ended(0);
    }
    let address = format!("socks5://{}", proxy.address());
    remote.list(&[("ALL_PROXY", &address), ("JELOU_API_URL", "https://192.0.2.1")]).ended(0);
    assert_eq!(proxy.asked(), ["api.example.test:443", "api.example.test:443", "192.0.2.1:443"]);
    let ran = remote.list(&[("ALL_PROXY", &address)]).ended(10);
    assert!(ran.stderr.contains("socks5h://"), "the name is unknown here: {ran:?}");
    let locked = ForwardProxy::socks5(remote.server.port(), Some(("me@corp", "p#ss")));
    remote.list(&[("ALL_PROXY", &format!("socks5h://me%40corp:p%23ss@{}", locked.address()))]).ended(0);
    for credential in ["", "me%40corp:hunter2@"] {
        let ran = remote.list(&[("ALL_PROXY", &format!("socks5h://{credential}{}", locked.address()))]).ended(10);
        assert!(ran.stderr.contains(&format!("socks5h://{} (`ALL_PROXY`)", locked.address())), "{ran:?}");
        assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
    }
    let ran = remote.list(&[("ALL_PROXY", "socks5h://127.0.0.1:1")]).ended(10);
    assert!(ran.stderr.contains("Could not connect to the proxy socks5h://127.0.0.1:1 (`ALL_PROXY`)"), "{ran:?}");
}

/// The gateway is another host: it is probed through the proxy as well, unless excepted.
#[test]
fn the_gateway_is_probed_through_the_proxy() {
    let authority = Authority::new();
    let refusal = raw_server::json(401, r#"{"error":"Unauthorized"}"#);
    let identity = authority.sign(&params(&["my-function.fn.example.test"]));
    let gateway = TlsServer::answering(identity.configuration(), move |request| {
        if request.contains("jfn_rt_Ours") { raw_server::json(405, "{}") } else { refusal.clone() }
    });
    let proxy = ForwardProxy::to(gateway.port());
    let mut cli = Cli::new();
    let pem = cli.write("ca.pem", authority.pem()).display().to_string();
    cli.set("JELOU_CA_CERT", &pem).set("HTTPS_PROXY", &proxy.url());
    cli.set("JELOU_GATEWAY_URL", "https://{slug}.fn.example.test").set("JELOU_FUNCTION_TOKEN", "jfn_rt_Ours0123456789");
    cli.jelou(&["tokens", "verify", "my-function"]).ended(0);
    assert_eq!(proxy.asked(), ["CONNECT my-function.fn.example.test:443"; 4]);
}
