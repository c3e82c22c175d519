//! `deployments download -o NAME`: which names are archives, which are folders, which are refused.

use crate::support::cli::Cli;

#[test]
fn the_ending_decides_even_if_it_is_the_whole_name() {
    let cli = Cli::new();
    cli.write("project/jelou.json", r#"{"function":"my-function"}"#);
    cli.write("project/index.ts", "export default 1;");
    cli.jelou(&["deploy", "project", "-y", "--wait"]).ended(0);
    let id = cli.sandbox.deployments("my-function")[0].id.to_string();
    let download = |name: &str| cli.jelou(&["deployments", "download", "my-function", &id, "-o", name]);
    std::fs::create_dir(cli.folder().join("x")).unwrap();
    for name in [".tar", "x/.TAR", "é.tar"] {
        download(name).ended(0);
        assert!(cli.folder().join(name).is_file(), "{name}");
    }
    let count = || cli.folder().read_dir().unwrap().count() + cli.folder().join("x").read_dir().unwrap().count();
    let before = (count(), cli.sent(false));
    for name in [".zip", "x/.tgz", "out.tar/", "x/.tar/", "x.zip/"] {
        let ran = download(name).ended(2);
        assert!(ran.stderr.contains("a file that ends in `.tar`"), "{name}: {ran:?}");
    }
    assert_eq!((count(), cli.sent(false)), before);
    for name in ["tar", "x.tar.d", ".", "out/."] {
        download(name).ended(0);
        assert!(cli.folder().join(name).join("jelou.json").is_file(), "{name}: a folder all the same");
    }
}
