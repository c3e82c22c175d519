//! The jobs: what `jelou` does, and who else does it.

use anyhow::Result;

use crate::answers::{self, slug};
use crate::contender::{Contender, Prints};
use crate::limits::{self, Growth, Limit};
use crate::rivals as say;
use crate::stage::{ONE_CA, PAT, ROOTS, Stage};

/// A job that all of its contenders do in turn.
pub struct Job {
    /// Ways in which `jelou` does it, each a row of the limits.
    pub ours: Vec<(&'static Limit, Contender)>,
    /// Those that are installed.
    pub rivals: Vec<Contender>,
    /// Every how many rounds it is run: what takes a second need not be run as often.
    pub every: usize,
    /// Whether it is run under valgrind too; the rest of its kind is.
    pub is_counted: bool,
}

/// A job of two sizes.
pub struct Grows {
    pub limit: &'static Growth,
    pub items: [usize; 2],
    pub ours: [Contender; 2],
}

/// Makes contenders on a stage, for one address.
struct At<'s> {
    stage: &'s Stage,
    url: &'s str,
}

impl At<'_> {
    fn jelou(&self, words: &[&str], prints: Prints) -> Contender {
        Contender::new("jelou", &self.stage.jelou, words, prints).variable("JELOU_API_URL", self.url)
    }

    fn rival(&self, name: &'static str, program: &str, words: &[&str], prints: Prints) -> Option<Contender> {
        let found = self.stage.find(program)?;
        Some(Contender::new(name, found, words, prints).variable("API", self.url))
    }

    fn pipeline(&self, script: &str, word: &str, prints: Prints) -> Option<Contender> {
        self.stage.find("curl").and(self.stage.find("jq"))?;
        self.rival("curl and jq", "bash", &["-c", script, "bash", word], prints)
    }

    fn node(&self, program: &str, word: &str, prints: Prints) -> Option<Contender> {
        self.rival("Node", "node", &["-e", &say::node(program), word], prints)
    }

    fn python(&self, program: &str, word: &str, prints: Prints) -> Option<Contender> {
        self.rival("Python", "python3", &["-c", &say::python(program), word], prints)
    }

    /// `gh` speaks to any address that is spelled out; its own token is not sent there.
    fn gh(&self, path: &str, words: &[&str], prints: Prints) -> Option<Contender> {
        let (url, authorization) = (format!("{}{path}", self.url), format!("Authorization: Bearer {PAT}"));
        let words = [&["api", url.as_str(), "-H", authorization.as_str()], words].concat();
        Some(
            self.rival("gh", "gh", &words, prints)?.variable("GH_TOKEN", "none").variable("GH_NO_UPDATE_NOTIFIER", "1"),
        )
    }

    fn create(&self) -> Contender {
        self.jelou(&["tokens", "create", "my-fn", "--name", "ci", "--json"], Prints::Value)
    }

    fn curl_create(&self, more: &[&str]) -> Option<Contender> {
        let (url, authorization) =
            (format!("{}/v1/functions/my-fn/tokens", self.url), format!("Authorization: Bearer {PAT}"));
        let json = "Content-Type: application/json";
        let words = ["-sf", "-X", "POST", "-H", &authorization, "-H", json, "-d", say::CREATION, &url];
        let words = [&words, more].concat();
        self.rival("curl", "curl", &words, Prints::Value)
    }

    fn list(&self, length: usize, format: Option<&str>, prints: Prints) -> Contender {
        let slug = slug(length);
        let words: Vec<&str> = ["tokens", "list", &slug].into_iter().chain(format).collect();
        self.jelou(&words, prints)
    }

    /// `jelou` reads the file of ids as it is, curl one of addresses.
    fn revoke(&self, file: &'static str, number: usize) -> Contender {
        self.jelou(&["tokens", "revoke", "my-fn", "--stdin", "-y", "--json"], Prints::Revokes(number)).reading(file)
    }

    fn curl_revoke(&self, name: &str, more: &[&str]) -> Result<Option<Contender>> {
        let address = |number| {
            format!("url=\"{}/v1/functions/my-fn/tokens/{}\"\noutput=/dev/null\n", self.url, answers::id(number))
        };
        let file = self.stage.path(name);
        std::fs::write(&file, (0..200).map(address).collect::<String>())?;
        let (file, authorization) = (file.display().to_string(), format!("Authorization: Bearer {PAT}"));
        let parallel = ["-sf", "--parallel", "--parallel-max", "8", "-X", "DELETE", "-H", &authorization, "-K", &file];
        Ok(self.rival("curl", "curl", &[&parallel, more].concat(), Prints::Revokes(200)))
    }
}

/// All of them.
///
/// # Errors
/// One has no limits, or a limit has no job.
pub fn all(stage: &Stage) -> Result<(Vec<Job>, Vec<Grows>)> {
    let [http, https, slow] =
        [&stage.server.http, &stage.server.https, &stage.server.slow].map(|url| At { stage, url });
    let mut jobs = vec![start_up(&http)?, help(&http)?];
    jobs.extend(creates(&http, &https)?);
    jobs.extend(lists(&http)?);
    jobs.extend([revokes("revoke 200, HTTP", &http, "http.conf")?, revokes("revoke 200, TLS", &https, "https.conf")?]);
    jobs.push(Job { every: 5, is_counted: false, ..revokes("revoke 200, 50 ms away", &slow, "slow.conf")? });
    let grows = growth(&http)?;
    let rows = jobs.iter().flat_map(|job| job.ours.iter().map(|(limit, _)| limit.row));
    limits::all_are_used(&rows.chain(grows.iter().map(|grows| grows.limit.row)).collect::<Vec<_>>())?;
    Ok((jobs, grows))
}

fn job(ours: Vec<(&str, Contender)>, rivals: impl IntoIterator<Item = Option<Contender>>) -> Result<Job> {
    let ours = ours.into_iter().map(|(row, contender)| Ok((Limit::of(row)?, contender)));
    let rivals = rivals.into_iter().flatten().collect();
    Ok(Job { ours: ours.collect::<Result<_>>()?, rivals, every: 1, is_counted: true })
}

fn start_up(at: &At) -> Result<Job> {
    let ours = at.jelou(&["--version"], Prints::Lines(1));
    job(vec![("--version", ours)], [at.rival("true", "true", &[], Prints::Anything)])
}

fn help(at: &At) -> Result<Job> {
    job(vec![("create --help", at.jelou(&["tokens", "create", "--help"], Prints::Anything))], [])
}

fn creates(http: &At, https: &At) -> Result<[Job; 3]> {
    let value = Prints::Value;
    let plain = job(
        vec![("create, HTTP", http.create())],
        [
            http.curl_create(&[]),
            http.pipeline(say::CURL_JQ_CREATE, "", value),
            http.node(say::NODE_CREATE, "", value),
            http.python(say::PYTHON_CREATE, "", value),
            http.gh("/v1/functions/my-fn/tokens", &["-X", "POST", "-f", "name=ci", "--jq", ".token"], value),
        ],
    )?;
    let (one_ca, roots) = (https.stage.path(ONE_CA), https.stage.path(ROOTS));
    let file = one_ca.display().to_string();
    let trusting = |contender: Contender, file| {
        let contender = contender.variable("SSL_CERT_FILE", file).variable("NODE_EXTRA_CA_CERTS", file);
        contender.variable("REQUESTS_CA_BUNDLE", file)
    };
    let mut ours = https.create();
    ours.words.extend(["--ca-cert".into(), file.clone().into()]);
    let one = job(
        vec![("create, TLS, one CA", ours)],
        [
            https.curl_create(&["--cacert", &file]),
            https.node(say::NODE_CREATE, "", value).map(|node| trusting(node, &one_ca)),
            https.python(say::PYTHON_CREATE, "", value).map(|python| trusting(python, &one_ca)),
        ],
    )?;
    let all = job(
        vec![("create, TLS, system's roots", trusting(https.create(), &roots))],
        [
            https.curl_create(&[]).map(|curl| trusting(curl, &roots)),
            https.python(say::PYTHON_CREATE, "", value).map(|python| trusting(python, &roots)),
        ],
    )?;
    Ok([plain, one, all])
}

fn lists(at: &At) -> Result<[Job; 3]> {
    let count = |length: usize| {
        let slug = slug(length);
        let number = Prints::Number(length);
        [
            at.pipeline(say::CURL_JQ_COUNT, &slug, number),
            at.node(say::NODE_COUNT, &slug, number),
            at.python(say::PYTHON_COUNT, &slug, number),
            at.gh(&format!("/v1/functions/{slug}/tokens"), &["--jq", ".items | length"], number),
        ]
    };
    let (few, many) = (1_000, 100_000);
    let short = job(
        vec![
            ("list 1,000, --json", at.list(few, Some("--json"), Prints::Data(few))),
            ("list 1,000, --quiet", at.list(few, Some("--quiet"), Prints::Lines(few))),
            ("list 1,000, table", at.list(few, None, Prints::Table(few))),
        ],
        count(few),
    )?;
    let pages = job(
        vec![("list 100,000, --ndjson", at.list(many, Some("--ndjson"), Prints::JsonLines(many)))],
        [
            at.node(say::NODE_PAGES, &slug(many), Prints::JsonLines(many)),
            at.python(say::PYTHON_PAGES, &slug(many), Prints::JsonLines(many)),
        ],
    )?;
    let long = job(
        vec![
            ("list 100,000, --json", at.list(many, Some("--json"), Prints::Data(many))),
            ("list 100,000, --quiet", at.list(many, Some("--quiet"), Prints::Lines(many))),
        ],
        count(many),
    )?;
    Ok([short, Job { every: 3, ..pages }, Job { every: 3, ..long }])
}

fn revokes(row: &'static str, at: &At, file: &str) -> Result<Job> {
    let is_tls = at.url.starts_with("https");
    let ca = at.stage.path(ONE_CA).display().to_string();
    let mut ours = at.revoke("ids-200", 200);
    if is_tls {
        ours.words.extend(["--ca-cert".into(), ca.clone().into()]);
    }
    let trusting: &[&str] = &["--cacert", &ca];
    let curl = at.curl_revoke(file, if is_tls { trusting } else { &[] })?;
    let others =
        [at.node(say::NODE_REVOKE, "", Prints::Revokes(200)), at.python(say::PYTHON_REVOKE, "", Prints::Revokes(200))];
    let others =
        others.into_iter().flatten().map(|rival| rival.reading("ids-200")).filter(|_| row == "revoke 200, HTTP");
    job(vec![(row, ours)], [curl].into_iter().chain(others.map(Some)))
}

fn growth(at: &At) -> Result<Vec<Grows>> {
    let (few, many) = (1_000, 100_000);
    let list =
        |format, prints: fn(usize) -> Prints| [few, many].map(|length| at.list(length, Some(format), prints(length)));
    let revoke = [at.revoke("ids-1000", 1_000), at.revoke("ids-10000", 10_000)];
    let grows = |row, items, ours| -> Result<Grows> { Ok(Grows { limit: Growth::of(row)?, items, ours }) };
    Ok(vec![
        grows("list --ndjson, 1,000 to 100,000", [few, many], list("--ndjson", Prints::JsonLines))?,
        grows("list --quiet, 1,000 to 100,000", [few, many], list("--quiet", Prints::Lines))?,
        grows("revoke --stdin, 1,000 to 10,000", [1_000, 10_000], revoke)?,
    ])
}
