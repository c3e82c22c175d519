//! `functions`, `init` and `secrets`.

use super::{live, pending};
use crate::support::screens::Screens;

#[test]
fn functions() {
    let mut screens = Screens::default();
    let cli = live();
    screens.run(&cli, "jelou functions list").ended(0);
    screens.run(&cli, "jelou functions list --quiet").ended(0);
    screens.run(&cli, "jelou functions info my-function").ended(0);
    screens.run(&cli, "jelou functions info my-function --mcp-config").ended(0);
    screens.run(&cli, "jelou functions info my-function --mcp-config=cursor").ended(0);
    screens.run(&cli, "jelou functions info my-function --mcp-config=vscode").ended(0);
    screens.run(&cli, "jelou functions info my-function --mcp-config=brain-studio").ended(0);
    screens.run(&cli, "jelou functions info nobody").ended(5);
    screens.run(&cli, "jelou functions create fresh").ended(0);
    screens.run(&cli, "jelou functions create fresh").ended(7);
    screens.run(&cli, "jelou functions create Not_A_Slug").ended(2);
    screens.run(&cli, "jelou functions delete fresh").ended(2);
    screens.run(&cli, "jelou functions delete fresh -y").ended(0);
    screens.run(&cli, "jelou functions delete fresh -y").ended(5);
    screens.run(&cli, "jelou functions delete fresh -y --ignore-missing").ended(0);
    screens.check("functions");
}

#[test]
fn secrets() {
    let mut screens = Screens::default();
    let cli = pending();
    screens.run(&cli, "jelou secrets list my-function").ended(0);
    screens.run(&cli, "jelou secrets set my-function A=hunter2").ended(0);
    screens.run(&cli, "jelou secrets set my-function B=hunter2 C=hunter2").ended(0);
    screens.run(&cli, "jelou secrets set my-function lower=hunter2").ended(2);
    screens.run(&cli, "jelou secrets set my-function hunter2").ended(2);
    screens.run(&cli, "jelou secrets set my-function").ended(2);
    screens.run(&cli, "jelou secrets set my-function __FN_KEY=hunter2").ended(2);
    screens.run(&cli, "printf 'D=1\\n__FN_KEY=hunter2' > .env; jelou secrets set my-function --from-env .env").ended(2);
    screens.run(&cli, "jelou secrets list my-function").ended(0);
    screens.run(&cli, "jelou secrets delete my-function A").ended(2);
    screens.run(&cli, "jelou secrets delete my-function A -y").ended(0);
    screens.run(&cli, "jelou secrets delete my-function B NOBODY -y").ended(12);
    screens.run(&cli, "jelou secrets delete my-function NOBODY -y").ended(5);
    let cli = live();
    screens.run(&cli, "jelou secrets set my-function A=hunter2 --wait").ended(0);
    screens.run(&cli, "jelou secrets delete my-function A -y --wait").ended(0);
    let (key, value, another) = ("Secret key:", "Secret value:", "Add another secret? (y/N)");
    let asked = [
        (key, "CRM_API_KEY\r"),
        (value, "hunter2\r"),
        (another, "y\r"),
        (key, "lower\r"),
        (key, "JELOU_API_KEY\r"),
        (value, "\r"),
        (value, "hunter2\r"),
        (another, "n\r"),
    ];
    let session = cli.converse(&["secrets", "set", "my-function"], &asked).ended(0);
    screens.add_session(&cli, "jelou secrets set my-function", &session);
    screens.check("secrets");
}

#[test]
fn init() {
    let mut screens = Screens::default();
    let cli = live();
    screens.run(&cli, "jelou init").ended(2);
    screens.run(&cli, "jelou init my-function --mode create").ended(7);
    screens.run(&cli, "jelou init nobody --mode link").ended(5);
    screens.run(&cli, "jelou init --slug consultar-cliente --mode create").ended(0);
    screens.run(&cli, "cat index.ts jelou.json deno.json .env .gitignore").ended(0);
    screens.run(&cli, "jelou init consultar-cliente").ended(2);
    screens.run(&cli, "jelou init other-function --mode link --force").ended(0);
    cli.write("jelou.json", r#"{"function":"fresh","entrypoint":"../x.ts"}"#);
    screens.run(&cli, "jelou init fresh --force").ended(2);
    screens.check("init");
}
