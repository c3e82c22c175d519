//! What goes wrong in a pipeline, the same for every example: each failure stops it before the next
//! step counts, touches nobody else's token and leaves none of its own behind.

use jelou::sandbox::{Fault, Fixture, Plane};

use super::{FUNCTION, shows_no_value};
use crate::support::cli::Cli;
use crate::support::release::{self, Program};

/// What is broken before the pipeline starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    Nothing,
    /// The archive is not the one whose hash is pinned.
    ArchiveChanged,
    /// There is no such release.
    ArchiveMissing,
    /// The platform refuses `JELOU_TOKEN`.
    ManagementToken,
    /// There is no function of that name.
    FunctionMissing,
    /// Nothing listens at the platform's address.
    PlatformDown,
    RedeployFails,
    /// The redeploy does not end.
    NeverLive,
    /// The function itself answers 500.
    FunctionFails,
    /// The token is revoked, but the deployment of that fails: it is accepted all the same.
    RevocationNotLive,
    /// A token is created, and its answer never comes.
    AnswerLost,
}

/// How a pipeline ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether the CI system shows it as failed.
    pub failed: bool,
    /// What people can read of it.
    pub log: String,
}

/// A token as people know it: function, id, name, status.
pub type Known = (String, String, String, String);

impl Broken {
    /// Every failure of which every pipeline leaves nothing, and none.
    pub const ALL: [Self; 10] = [
        Self::Nothing,
        Self::ArchiveChanged,
        Self::ArchiveMissing,
        Self::ManagementToken,
        Self::FunctionMissing,
        Self::PlatformDown,
        Self::RedeployFails,
        Self::NeverLive,
        Self::FunctionFails,
        Self::RevocationNotLive,
    ];

    /// Whether it is about how the program is installed.
    pub fn of_installation(self) -> bool {
        matches!(self, Self::ArchiveChanged | Self::ArchiveMissing)
    }

    /// A sandbox in which this is so, with a release laid out.
    pub fn world(self) -> Cli {
        let slug = if self == Self::FunctionMissing { "another-function" } else { FUNCTION };
        let content = format!(
            r#"{{"functions": [{{"slug": "{slug}", "tokens": [{{"name": "partner-api"}}]}}, {{"slug": "other-function"}}]}}"#
        );
        let content = Fixture::parse(&content).unwrap();
        let mut cli = Cli::with(|builder| builder.fixture(content));
        // They only cost time here.
        cli.set("JELOU_RETRIES", "0");
        release::lay_out(&mut cli, self.program());
        let changes = ["/v1/functions/*/tokens", "/v1/functions/*/tokens/*/rotate", "/v1/functions/*/deployments"];
        let each = |fault: fn() -> Fault| {
            for path in changes {
                cli.sandbox.inject(fault().method("POST").path(path));
            }
        };
        match self {
            Self::Nothing | Self::FunctionMissing => {}
            Self::ArchiveChanged => {
                // A good archive: nothing but the hash tells that it is another one.
                cli.set("JELOU_SHA256", &"0".repeat(64));
            }
            Self::ArchiveMissing => std::fs::remove_file(release::archive(&cli)).unwrap(),
            Self::ManagementToken => {
                cli.set("JELOU_TOKEN", "jfn_pat_sbx_unknownunknownunknown");
            }
            Self::PlatformDown => {
                let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
                cli.set("JELOU_API_URL", &format!("http://127.0.0.1:{port}"));
                cli.set("JELOU_GATEWAY_URL", &format!("http://127.0.0.1:{port}"));
            }
            Self::RedeployFails => each(Fault::redeploy_fails),
            Self::NeverLive => each(Fault::redeploy_hangs),
            Self::FunctionFails => cli.sandbox.inject(Fault::status(500).on(Plane::Gateway).method("POST").always()),
            Self::RevocationNotLive => {
                cli.sandbox.inject(Fault::redeploy_fails().method("DELETE").path("/v1/functions/*/tokens/*"));
            }
            Self::AnswerLost => {
                cli.sandbox.inject(Fault::reset_after().method("POST").path("/v1/functions/*/tokens").always());
            }
        }
        cli
    }

    /// Which program is installed: nobody waits for two minutes for what never comes.
    pub fn program(self) -> Program {
        if self == Self::NeverLive { Program::Impatient } else { Program::Built }
    }

    /// What the log says of it: one of these.
    fn said(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[""],
            Self::ArchiveChanged => &["computed checksum did NOT match"],
            Self::ArchiveMissing => &["Couldn't open file"],
            Self::ManagementToken => &["AUTH_ERROR"],
            Self::FunctionMissing => &["NOT_FOUND"],
            Self::PlatformDown | Self::AnswerLost => &["NETWORK_ERROR"],
            // A command that runs with a token, or rotates one, undoes it.
            Self::RedeployFails | Self::NeverLive => &["NOT_LIVE", "DELIVERY_ERROR"],
            Self::FunctionFails => &["500"],
            Self::RevocationNotLive => &["NOT_LIVE"],
        }
    }

    /// What holds of every pipeline, whatever it does: it failed if something was broken, the log
    /// says what, and shows no credential.
    #[track_caller]
    pub fn was_told(self, cli: &Cli, ended: &Ended) {
        assert_eq!(ended.failed, self != Self::Nothing, "{self:?}: {}", ended.log);
        assert!(self.said().iter().any(|said| ended.log.contains(said)), "{self:?}: {}", ended.log);
        shows_no_value(&ended.log);
        assert!(!ended.log.contains(&cli.env()["JELOU_TOKEN"]), "{self:?}: {}", ended.log);
    }
}

/// Every token there is.
pub fn tokens(cli: &Cli) -> Vec<Known> {
    let mut known = Vec::new();
    for slug in [FUNCTION, "another-function", "other-function"] {
        let of_function = cli.sandbox.tokens(slug).into_iter();
        known.extend(
            of_function.map(|token| (slug.to_owned(), token.id.to_string(), token.name, format!("{:?}", token.status))),
        );
    }
    known
}

/// The statuses of the requests that the function itself got.
pub fn calls(cli: &Cli) -> Vec<Option<u16>> {
    let path = format!("/fn/{FUNCTION}");
    let requests = cli.sandbox.requests().into_iter();
    requests
        .filter(|entry| entry.method == "POST" && entry.path.trim_end_matches('/') == path)
        .map(|entry| entry.status)
        .collect()
}

/// How many tokens were created.
pub fn created(cli: &Cli) -> usize {
    let requests = cli.sandbox.requests().into_iter();
    requests
        .filter(|entry| entry.method == "POST" && entry.path.ends_with("/tokens") && entry.status == Some(201))
        .count()
}

/// Runs a pipeline that creates a token, calls [`FUNCTION`] once by POST, and revokes the token: as
/// it should go, and with each failure. `run` plays the CI system.
pub fn matrix(run: impl Fn(&mut Cli) -> Ended) {
    for broken in Broken::ALL.into_iter().chain([Broken::AnswerLost]) {
        check(broken, &mut broken.world(), &run);
    }
}

/// The same for a system that takes no notice of how the revocation ends: the log alone tells.
pub fn matrix_of_ignored_end(run: impl Fn(&mut Cli) -> Ended) {
    matrix_of_passing(&run);
    check(Broken::AnswerLost, &mut Broken::AnswerLost.world(), &run);
    let broken = Broken::RevocationNotLive;
    check(broken, &mut broken.world(), &|cli: &mut Cli| {
        let ended = run(cli);
        assert!(!ended.failed, "{}", ended.log);
        Ended { failed: true, ..ended }
    });
}

/// The same for a pipeline that does not wait for its revocation, and knows no name to revoke by.
pub fn matrix_of_passing(run: impl Fn(&mut Cli) -> Ended) {
    for broken in Broken::ALL.into_iter().filter(|broken| *broken != Broken::RevocationNotLive) {
        check(broken, &mut broken.world(), &run);
    }
}

/// The same for a pipeline that finds `jelou` on `PATH`.
pub fn matrix_of_installed(run: impl Fn(&mut Cli) -> Ended) {
    let failures = Broken::ALL.into_iter().chain([Broken::AnswerLost]);
    for broken in failures.filter(|broken| !broken.of_installation()) {
        let mut cli = broken.world();
        release::install(&mut cli, broken.program());
        check(broken, &mut cli, &run);
    }
}

#[track_caller]
fn check(broken: Broken, cli: &mut Cli, run: &impl Fn(&mut Cli) -> Ended) {
    let before = tokens(cli);
    let ended = run(cli);
    broken.was_told(cli, &ended);
    let log = &ended.log;
    let (called, made) = match broken {
        Broken::Nothing | Broken::RevocationNotLive => (vec![Some(200)], 1),
        Broken::FunctionFails => (vec![Some(500)], 1),
        Broken::RedeployFails | Broken::NeverLive => (Vec::new(), 1),
        _ => (Vec::new(), 0),
    };
    assert_eq!(calls(cli), called, "{broken:?}: {log}");
    assert_eq!(created(cli), made, "{broken:?}: {log}");
    assert_eq!(tokens(cli), before, "{broken:?} leaves the tokens as they were: {log}");
    let everything = cli.sandbox.requests();
    match broken {
        Broken::ArchiveChanged | Broken::ArchiveMissing | Broken::PlatformDown => {
            assert!(everything.is_empty(), "{broken:?}: {everything:?}");
        }
        Broken::AnswerLost => {
            let revoked = everything.iter().filter(|entry| entry.method == "DELETE" && entry.status == Some(200));
            assert_eq!(revoked.count(), 1, "there was a token, whoever knew of it: {everything:?}");
        }
        _ => assert!(!everything.is_empty(), "{broken:?}: {log}"),
    }
}
