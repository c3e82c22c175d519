//! `login`, `logout`, `whoami` and `auth`.

use super::live;
use crate::support::screens::Screens;

#[test]
fn accounts() {
    let mut screens = Screens::default();
    let mut cli = live();
    let pat = cli.sandbox.pat().to_owned();
    let folder = cli.folder().join("config").display().to_string();
    cli.unset("JELOU_TOKEN").set("JELOU_CONFIG_DIR", &folder).set("PAT", &pat);
    screens.run(&cli, "jelou whoami").ended(3);
    screens.run(&cli, "jelou auth list").ended(0);
    screens.run(&cli, "jelou login").ended(2);
    screens.run(&cli, "printf %s jfn_pat_sbx_nobody0nobody0 | jelou login --token-stdin").ended(3);
    screens.run(&cli, "printf %s \"$PAT\" | jelou login --token-stdin").ended(0);
    screens.run(&cli, "printf %s \"$PAT\" | jelou login --token-stdin --profile work").ended(0);
    screens.run(&cli, "jelou login --token \"$PAT\" --profile argument").ended(0);
    let session = cli.converse(&["login", "--profile", "typed"], &[("Paste", &format!("{pat}\r"))]).ended(0);
    screens.add_session(&cli, "jelou login --profile typed", &session);
    screens.run(&cli, "jelou whoami").ended(0);
    screens.run(&cli, "jelou auth list").ended(0);
    screens.run(&cli, "jelou auth switch").ended(2);
    screens.run(&cli, "jelou auth switch work").ended(0);
    screens.run(&cli, "jelou auth switch nobody").ended(2);
    screens.run(&cli, "jelou auth remove default").ended(2);
    screens.run(&cli, "jelou auth remove default -y").ended(0);
    screens.run(&cli, "chmod 644 config/credentials.json; jelou whoami --profile argument").ended(0);
    screens.run(&cli, "chmod 600 config/credentials.json; jelou whoami --api-url http://127.0.0.1:1").ended(2);
    screens.run(&cli, "jelou logout").ended(0);
    screens.run(&cli, "jelou logout --all").ended(2);
    screens.run(&cli, "jelou logout --all -y").ended(0);
    cli.set("JELOU_TOKEN", &pat);
    screens.run(&cli, "jelou whoami -v").ended(0);
    screens.run(&cli, "printf %s \"$JELOU_TOKEN\" | jelou login --token-stdin").ended(0);
    screens.run(&cli, "echo '{' > config/credentials.json; jelou auth list").ended(2);
    screens.check("accounts");
}
