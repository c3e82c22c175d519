//! `install.sh` over TLS: whom it trusts, which proxy it goes through, and that no redirect leads
//! away from TLS.

use crate::support::forward_proxy::ForwardProxy;
use crate::support::raw_server::RawServer;
use crate::support::tls::{Authority, TlsServer, params};
use crate::support::tools;

use super::network::{answer, file};
use super::{Machine, TARGET};

/// A name that only the proxy of a test can reach.
const HOST: &str = "releases.example.test";

/// Machines with curl and with wget, each of which trusts the authority by its own means.
fn machines(authority: &Authority) -> Vec<Machine> {
    let mut machines = Vec::new();
    for name in ["curl", "wget"] {
        if !tools::is_installed(name) {
            crate::support::skipped(&format!("there is no {name}"));
            continue;
        }
        let mut machine = Machine::new();
        let certificates = machine.path("ca.pem");
        std::fs::write(&certificates, authority.pem()).unwrap();
        if name == "wget" {
            machine.without_program("curl");
            machine.with_program("wget");
            std::fs::write(machine.path("wgetrc"), format!("ca_certificate = {}\n", certificates.display())).unwrap();
            let file = machine.path("wgetrc").display().to_string();
            machine.set("WGETRC", &file);
        } else {
            machine.set("CURL_CA_BUNDLE", certificates.to_str().unwrap());
        }
        machine.publish("0.1.0", TARGET);
        machine.releases = format!("https://{HOST}/owner/jelou/releases");
        machines.push(machine);
    }
    machines
}

/// The releases of a machine, served as `HOST`.
fn serve(machine: &Machine, authority: &Authority) -> TlsServer {
    let folder = machine.path("releases");
    TlsServer::answering(authority.sign(&params(&[HOST])).configuration(), move |request| {
        file(&folder, &request.replace("/owner/jelou/releases/", "/"))
    })
}

#[test]
fn the_proxy_of_the_usual_variables_is_used() {
    let authority = Authority::new();
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        for mut machine in machines(&authority) {
            let server = serve(&machine, &authority);
            let proxy = ForwardProxy::to(server.port());
            machine.set(variable, &proxy.url());
            let _ = machine.install(&[]).ended(0);
            assert_eq!(proxy.asked(), vec![format!("CONNECT {HOST}:443"); 2], "{variable}");
            assert_eq!(machine.installed(), [".local/bin/jelou"]);
            // And is not where a variable says so.
            machine.set("NO_PROXY", HOST);
            let _ = machine.install(&[]).ended(4);
            assert_eq!(proxy.asked().len(), 2, "{variable}");
        }
    }
}

#[test]
fn a_proxy_that_refuses_is_not_gone_around() {
    let authority = Authority::new();
    for mut machine in machines(&authority) {
        let proxy = ForwardProxy::refusing(403);
        machine.set("HTTPS_PROXY", &proxy.url());
        let ran = machine.install(&[]).ended(4);
        assert!(
            !proxy.asked().is_empty() && (ran.stderr.contains("403") || ran.stderr.contains("Proxy tunneling failed")),
            "{ran:?}"
        );
    }
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_believed() {
    let (authority, other) = (Authority::new(), Authority::named("somebody else"));
    for mut machine in machines(&authority) {
        let server = serve(&machine, &other);
        let proxy = ForwardProxy::to(server.port());
        machine.set("HTTPS_PROXY", &proxy.url());
        let ran = machine.install(&[]).ended(4);
        assert!(ran.stderr.to_lowercase().contains("certificate"), "{ran:?}");
        assert!(server.requests().is_empty());
        assert!(!machine.path("pauses").exists(), "nothing would change by itself: {ran:?}");
    }
}

#[test]
fn no_redirect_leads_away_from_tls() {
    let authority = Authority::new();
    for mut machine in machines(&authority) {
        let folder = machine.path("releases");
        let plain = RawServer::answering(move |_, request| file(&folder, request));
        let to = format!("{}/latest/download/SHA256SUMS", plain.url());
        let server = TlsServer::answering(authority.sign(&params(&[HOST])).configuration(), move |_| {
            answer("302", &format!("Location: {to}\r\n"), b"")
        });
        let proxy = ForwardProxy::to(server.port());
        machine.set("HTTPS_PROXY", &proxy.url());
        // A `grep` that fails finds nothing, which proves nothing.
        let grep = std::fs::read_link(machine.path("bin/grep")).unwrap().display().to_string();
        for script in [format!("exec {grep} \"$@\""), format!("case $* in *Wget*) exec {grep} \"$@\" ;; esac; exit 2")]
        {
            machine.without_program("grep");
            machine.stand_in("grep", &script);
            let ran = machine.install(&[]).ended(4);
            assert!(
                ran.stderr.contains("http") && ran.stderr.contains("SHA256SUMS could not be downloaded: "),
                "{ran:?}"
            );
            assert!(machine.installed().is_empty());
        }
    }
}

/// The wget of busybox may not check certificates, and that of wget2 may follow a redirect away from
/// TLS: without a pinned hash nothing that they bring can be believed.
#[test]
fn a_wget_that_may_check_nothing_needs_a_pinned_hash() {
    for says in ["echo 'wget: unrecognized option' >&2; exit 1", "echo 'GNU Wget2 2.2.0 - multithreaded'; exit"] {
        needs_a_pinned_hash(says);
    }
}

/// With a `wget` that answers `--version` in this way.
fn needs_a_pinned_hash(says: &str) {
    let mut machine = Machine::new();
    machine.publish("0.1.0", TARGET);
    machine.without_program("curl");
    let archive = machine.published("0.1.0", &format!("jelou-v0.1.0-{TARGET}.tar.gz"));
    // As busybox takes the options; it is asked for one address, and answers with the archive.
    let script = format!(
        "[ \"$1\" != --version ] || {{ {says}; }}\n\
         while [ \"$1\" != -O ]; do shift; done; echo \"$3\" >>asked; cat \"$ARCHIVE\" >\"$2\""
    );
    machine.stand_in("wget", &script);
    machine.set("ARCHIVE", archive.to_str().unwrap());
    machine.releases = format!("https://{HOST}");
    for arguments in [vec![], vec!["--version", "0.1.0"]] {
        let ran = machine.install(&arguments).ended(3);
        assert_eq!(
            ran.stderr,
            "error: This `wget` proves nothing by TLS\nhint: install `curl`, or name `--version` and `--sha256`\n"
        );
    }
    let _ = machine.install(&["--version", "0.1.0", "--sha256", &machine.hash("0.1.0")]).ended(0);
    let asked = std::fs::read_to_string(machine.path("asked")).unwrap();
    assert_eq!(asked, format!("https://{HOST}/download/v0.1.0/jelou-v0.1.0-{TARGET}.tar.gz\n"));
}
