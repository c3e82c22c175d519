//! `tokens list`, `revoke`, `disable`, `enable`, `prune`, `verify` and `whois`.

use jelou::sandbox::Fault;

use super::{live, pending, with_tokens};
use crate::support::raw_server::{self, RawServer};
use crate::support::screens::Screens;

#[test]
fn list() {
    let mut screens = Screens::default();
    let cli = with_tokens();
    screens.run(&cli, "jelou tokens list my-function").ended(0);
    screens.run(&cli, "jelou tokens list my-function --name 'pr-*' --sort last-used").ended(0);
    screens.run(&cli, "jelou tokens list my-function --name nobody").ended(0);
    screens.run(&cli, "jelou tokens list empty").ended(0);
    screens.run(&cli, "jelou tokens list my-function --quiet --status disabled").ended(0);
    screens.run(&cli, "jelou tokens list nobody").ended(5);
    screens.run(&cli, "jelou tokens list").ended(2);
    screens.run(&cli, "jelou tokens list my-function --created-before someday").ended(2);
    screens.run(&cli, "jelou tokens rotate my-function default --grace 10m --quiet").ended(0);
    screens.run(&cli, "jelou tokens list my-function --name default").ended(0);
    screens.run(&cli, "jelou tokens info my-function pr-1").ended(0);
    screens.run(&cli, "jelou tokens info my-function nobody").ended(5);
    screens.check("tokens_list");
}

#[test]
fn revoke() {
    let mut screens = Screens::default();
    let cli = pending();
    for name in ["a", "b", "c", "d"] {
        cli.jelou(&["tokens", "create", "my-function", "--name", name]).ended(0);
    }
    screens.run(&cli, "jelou tokens revoke my-function a").ended(2);
    screens.run(&cli, "jelou tokens revoke my-function a --dry-run").ended(0);
    screens.run(&cli, "jelou tokens revoke my-function a b --dry-run").ended(0);
    screens.run(&cli, "jelou tokens revoke my-function a -y").ended(0);
    screens.run(&cli, "jelou tokens revoke my-function b c -y").ended(0);
    screens.run(&cli, "jelou tokens revoke my-function nobody -y").ended(5);
    screens.run(&cli, "jelou tokens revoke my-function d nobody tok_nobody -y").ended(12);
    screens.run(&cli, "jelou tokens revoke my-function nobody default -y").ended(12);
    screens.run(&cli, "jelou tokens revoke my-function nobody -y --ignore-missing").ended(0);
    screens.run(&cli, "jelou tokens revoke my-function --stdin -y < /dev/null").ended(0);
    screens.run(&cli, "jelou tokens revoke my-function default -y").ended(7);
    screens.run(&cli, "jelou tokens revoke my-function 'a b' -y").ended(2);
    screens.run(&cli, "jelou tokens revoke my-function jfn_rt_sbx_aaaaaaaaaaaaaaaa -y").ended(2);
    screens.check("tokens_revoke");
}

#[test]
fn revoke_and_wait() {
    let mut screens = Screens::default();
    let cli = live();
    for name in ["a", "b"] {
        cli.jelou(&["tokens", "create", "my-function", "--name", name]).ended(0);
    }
    screens.run(&cli, "jelou tokens revoke my-function a -y --wait").ended(0);
    cli.sandbox.inject(Fault::redeploy_fails());
    screens.run(&cli, "jelou tokens revoke my-function b -y --wait").ended(11);
    screens.check("tokens_revoke_wait");
}

#[test]
fn disable_and_enable() {
    let mut screens = Screens::default();
    let cli = pending();
    for name in ["a", "b"] {
        cli.jelou(&["tokens", "create", "my-function", "--name", name]).ended(0);
    }
    screens.run(&cli, "jelou tokens disable my-function a").ended(2);
    screens.run(&cli, "jelou tokens disable my-function a -y").ended(0);
    screens.run(&cli, "jelou tokens disable my-function a b -y").ended(0);
    screens.run(&cli, "jelou tokens disable my-function default -y").ended(7);
    screens.run(&cli, "jelou tokens enable my-function a").ended(0);
    screens.run(&cli, "jelou tokens enable my-function a b nobody").ended(12);
    let cli = live();
    screens.run(&cli, "jelou tokens enable my-function default --wait").ended(0);
    screens.check("tokens_disable_enable");
}

#[test]
fn prune() {
    let mut screens = Screens::default();
    let cli = with_tokens();
    screens.run(&cli, "jelou tokens prune my-function -y").ended(2);
    screens.run(&cli, "jelou tokens prune my-function --all").ended(2);
    screens.run(&cli, "jelou tokens prune my-function --name 'pr-*' --dry-run").ended(0);
    screens.run(&cli, "jelou tokens prune my-function --all --dry-run").ended(0);
    screens.run(&cli, "jelou tokens prune my-function --name pr-1 -y").ended(0);
    screens.run(&cli, "jelou tokens prune my-function --name nobody -y").ended(0);
    // Several are sent at once, so the fault is for one of them.
    let tokens = cli.sandbox.tokens("my-function");
    let off = &tokens.iter().find(|token| token.name == "off").unwrap().id;
    let path = format!("/v1/functions/my-function/tokens/{off}");
    cli.sandbox.inject(Fault::status(400).method("DELETE").path(&path));
    screens.run(&cli, "jelou tokens prune my-function --all -y").ended(12);
    screens.run(&cli, "jelou tokens prune my-function --all -y").ended(0);
    screens.check("tokens_prune");
}

#[test]
fn verify() {
    let mut screens = Screens::default();
    let mut cli = live();
    screens.run(&cli, "jelou tokens verify my-function").ended(3);
    let token = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_FUNCTION_TOKEN", &token);
    screens.run(&cli, "jelou tokens verify my-function").ended(0);
    screens.run(&cli, "printf %s \"$JELOU_FUNCTION_TOKEN\" | jelou tokens verify my-function --token-stdin").ended(0);
    screens.run(&cli, "jelou tokens verify other-function").ended(3);
    screens.run(&cli, "jelou tokens verify nobody").ended(5);
    let public = RawServer::always(raw_server::json(200, "{}"));
    cli.set("JELOU_GATEWAY_URL", &public.url());
    screens.run(&cli, "jelou tokens verify my-function").ended(9);
    screens.check("tokens_verify");
}

#[test]
fn whois() {
    let mut screens = Screens::default();
    let cli = live();
    let log = "echo one; printf %s \"$TOKEN\" | base64 | tr -d '\\n'; echo; echo \"jfn_rt_sbx_gone0123456789, $OTHER\"";
    let setup = "TOKEN=$(jelou tokens create my-function --name ci --quiet)\n\
                 OTHER=$(jelou tokens create other-function --name partner --quiet)\n";
    cli.bash(&format!("{setup} {{ {log}; }} > build.log")).ended(0);
    screens.run(&cli, "echo nothing | jelou tokens whois").ended(0);
    screens.run(&cli, "jelou tokens whois < build.log").ended(0);
    screens.run(&cli, "jelou tokens whois --check < build.log").ended(12);
    screens.run(&cli, "jelou tokens whois --revoke < build.log").ended(2);
    screens.run(&cli, "jelou tokens whois my-function --revoke -y --wait < build.log").ended(0);
    screens.run(&cli, "jelou tokens whois --revoke -y < build.log").ended(0);
    screens.run(&cli, "jelou tokens whois --check < build.log").ended(0);
    cli.bash("jelou tokens create my-function --name cut --quiet | cut -c 1-40 > cut.log").ended(0);
    screens.run(&cli, "jelou tokens whois --revoke -y < cut.log").ended(12);
    screens.check("tokens_whois");
}
