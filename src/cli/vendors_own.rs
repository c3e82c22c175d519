//! Verbs of the vendor's CLI that are not here (docs, “Command reference”). Who types one has the
//! vendor's pages open, so the error says where it is instead of proposing a similar word.

/// A verb, and what does it instead.
pub(crate) struct VendorsOwn {
    verb: &'static str,
    /// What of this program comes nearest.
    near: Option<&'static str>,
}

const fn alone(verb: &'static str) -> VendorsOwn {
    VendorsOwn { verb, near: None }
}

const fn near(verb: &'static str, near: &'static str) -> VendorsOwn {
    VendorsOwn { verb, near: Some(near) }
}

const DEV: VendorsOwn =
    near("dev", "`jelou sandbox run -- CMD` runs the platform on this machine, without the function's code");

const OF_THE_PROGRAM: &[VendorsOwn] = &[
    alone("agent"),
    alone("campaign"),
    alone("changelog"),
    alone("channels"),
    alone("connect"),
    alone("cron"),
    alone("databases"),
    alone("datum"),
    DEV,
    alone("doctor"),
    alone("feedback"),
    alone("graph"),
    alone("incoming"),
    near("link", "`jelou init --mode link` writes the `jelou.json` of a function that exists"),
    alone("logs"),
    alone("marketplace"),
    alone("metrics"),
    alone("models"),
    alone("project"),
    near("pull", "`jelou deployments download` fetches the files of a function's deployment"),
    near("push", "`jelou deploy` uploads a function"),
    near("secret", "it is about the secrets of an organisation; those of a function are `jelou secrets`"),
    alone("shop"),
    alone("skill"),
    near("status", "`jelou functions info` and `jelou deployments list` show a function and its deployments"),
    alone("template"),
    alone("test"),
    alone("tool"),
    alone("update"),
    alone("users"),
    alone("voice"),
    alone("workflow"),
];

const OF_FUNCTIONS: &[VendorsOwn] = &[alone("cron"), DEV, alone("logs")];

/// The verb of the vendor's that a word below a command is (`""` is the program itself).
pub(crate) fn find(command: &str, word: &str) -> Option<&'static VendorsOwn> {
    let verbs = match command {
        "" => OF_THE_PROGRAM,
        "functions" => OF_FUNCTIONS,
        _ => &[],
    };
    verbs.iter().find(|own| own.verb == word)
}

impl VendorsOwn {
    /// What does it, one hint each.
    pub(crate) fn hints(&self) -> impl Iterator<Item = &'static str> {
        let vendors = "the vendor's own CLI does it: `@jelou/cli` on npm and JSR; it is called `jelou` as well";
        self.near.into_iter().chain([vendors])
    }
}
