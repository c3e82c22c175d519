//! What every command works with: settings, clients, output, and the ledger of what is to be
//! undone.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashSet;
use std::path::PathBuf;
use std::rc::Rc;

use super::interrupts::Interrupts;
use super::issuance::ledger::Ledger;
use super::issuance::sinks::{RunFacts, Sinks, Unprintable};
use crate::api::retry::Policy;
use crate::api::transport::{OnRetry, Trace, TraceLine};
use crate::api::wire::Slug;
use crate::api::{ControlPlane, Gateway, Options, Traffic, Transport, Trust};
use crate::ci::JobEnvironment;
use crate::cli::tokens::Delivery;
use crate::config::credentials::{self, Credentials};
use crate::config::proxies;
use crate::config::settings::Identity;
use crate::config::{Env, Settings, env};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::prompt::{self, Usual};
use crate::output::times::TimeStyle;
use crate::output::{Interactivity, Outcome, Output, WriteError};
use crate::warning::Warning;

pub struct Context {
    /// What `.command` of the envelope says.
    pub(crate) command: String,
    pub(crate) env: Env,
    pub(crate) settings: Settings,
    /// The CI job around this run, if there is one.
    pub(crate) job: JobEnvironment,
    pub(crate) output: Rc<Output>,
    pub(crate) interactivity: Interactivity,
    /// `--print-token`.
    pub(crate) print_token: bool,
    /// The folder the command was started in.
    pub(crate) folder: PathBuf,
    /// What is to be undone if the run ends now.
    pub(crate) ledger: Ledger,
    /// The signals that end this run.
    pub(crate) interrupts: Interrupts,
    /// Whether requests may still be sent.
    pub(crate) traffic: Traffic,
    /// How times are shown to people.
    pub(crate) times: TimeStyle,
    pub(crate) so_far: SoFar,
}

/// What a run has found out and said so far.
#[derive(Default)]
pub(crate) struct SoFar {
    identity: OnceCell<Identity>,
    trust: OnceCell<Trust>,
    warnings: RefCell<Vec<Warning>>,
    /// The settings that `--verbose` has said.
    pub(super) told: RefCell<HashSet<String>>,
    /// What the words of the command line were taken for, where they could have meant something
    /// else.
    pub(super) reading: OnceCell<String>,
    /// The function that the command is about.
    pub(super) function: OnceCell<Slug>,
    /// Where the function comes from that the line does not name.
    pub(super) default_of: Cell<Option<String>>,
}

impl Context {
    /// Who this run is, resolved once.
    ///
    /// # Errors
    /// `MISSING_AUTH` or `INPUT_ERROR`, before any request.
    pub(crate) fn identity(&self) -> Result<&Identity, Error> {
        if self.so_far.identity.get().is_none() {
            let identity = self.settings.identity(|| self.credentials()).map_err(|error| self.with_vendors(error))?;
            self.tell_identity(&identity);
            let _ = self.so_far.identity.set(identity);
        }
        self.so_far.identity.get().ok_or_else(|| Error::new(ErrorCode::UnknownError, "The credential was lost"))
    }

    /// Says of a missing credential that the vendor's CLI has one, whose format is not published.
    fn with_vendors(&self, error: Error) -> Error {
        let vendors = self.env.path("HOME").map(|home| home.join(".jelou/credentials.json"));
        match vendors.filter(|file| error.code() == ErrorCode::MissingAuth && file.exists()) {
            Some(_) => error.with_hint("`~/.jelou/credentials.json` belongs to the vendor's CLI and is not read here"),
            None => error,
        }
    }

    /// The stored profiles; empty where there is no folder for them.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the file cannot be used.
    pub(crate) fn credentials(&self) -> Result<Credentials, Error> {
        let Some(folder) = self.config_folder() else { return Ok(Credentials::default()) };
        let (credentials, warning) = credentials::load(&folder)?;
        warning.into_iter().for_each(|warning| self.warn(warning));
        Ok(credentials)
    }

    /// Where the stored profiles are: `JELOU_CONFIG_DIR`, or the system's folder for settings.
    pub(crate) fn config_folder(&self) -> Option<PathBuf> {
        let system = || directories::ProjectDirs::from("ai", "jelou", "jelou").map(|dirs| dirs.config_dir().to_owned());
        self.env.path(env::JELOU_CONFIG_DIR).or_else(system)
    }

    /// The folder of the recovery log; nothing in CI, where no later run reads it.
    pub(crate) fn state_folder(&self) -> Option<PathBuf> {
        if self.output.presentation.ci {
            return None;
        }
        if let Some(folder) = self.env.path(env::JELOU_CONFIG_DIR) {
            return Some(folder.join("state"));
        }
        let dirs = directories::ProjectDirs::from("ai", "jelou", "jelou")?;
        Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
    }

    /// A client of the control plane with this run's credential.
    ///
    /// # Errors
    /// As [`Context::identity`].
    pub(crate) fn control(&self) -> Result<ControlPlane, Error> {
        let identity = self.identity()?;
        let transport = self.transport(identity.api_url.url())?;
        Ok(ControlPlane::new(transport, identity.api_url.clone(), identity.token.clone()))
    }

    /// A client of a function behind the gateway; nothing if the gateway is not known.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the gateway's URL makes no URL with the slug.
    pub(crate) fn gateway(&self, slug: &Slug) -> Result<Option<Gateway>, Error> {
        let Some((gateway, _)) = &self.identity()?.gateway_url else { return Ok(None) };
        Gateway::new(gateway, slug, self.settings.allow_http, |base| self.transport(base)).map(Some)
    }

    /// A transport to the origin of a URL.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the certificates or the proxy's address cannot be read.
    pub(crate) fn transport(&self, base: &url::Url) -> Result<Transport, Error> {
        self.transport_with(base, self.settings.retries)
    }

    /// The same, for requests that are sent once.
    ///
    /// # Errors
    /// As [`Context::transport`].
    pub(crate) fn transport_without_retries(&self, base: &url::Url) -> Result<Transport, Error> {
        self.transport_with(base, 0)
    }

    fn transport_with(&self, base: &url::Url, retries: u32) -> Result<Transport, Error> {
        let trust = self.so_far.trust.get_or_init(|| Trust {
            ca_cert: self.settings.ca_cert.clone(),
            system_bundle: self.env.path(env::SSL_CERT_FILE),
            folders: self.env.paths(env::SSL_CERT_DIR),
            read: Rc::default(),
        });
        let trust = trust.clone();
        let policy = Policy::with_retries(retries);
        let request_timeout = self.settings.request_timeout;
        let (trace, on_retry) = (self.trace(), self.on_retry());
        let traffic = self.traffic.clone();
        let options = Options { trust, request_timeout, policy, trace, on_retry, traffic };
        let way = proxies::way_to(&self.env, base)?;
        if self.output.presentation.verbose > 0 {
            self.tell_way(base, &way);
            self.tell_certificates(base, &options.trust.sources());
        }
        Transport::new(base, way.proxy(), &options)
    }

    /// A person at a terminal is told why nothing happens; a log has no use for it.
    fn on_retry(&self) -> Option<OnRetry> {
        let output = Rc::clone(&self.output);
        self.output.is_watched().then(|| -> OnRetry { Rc::new(move |sentence| output.say(sentence)) })
    }

    fn trace(&self) -> Option<Trace> {
        if self.output.presentation.verbose == 0 {
            return None;
        }
        let output = Rc::clone(&self.output);
        Some(Rc::new(move |line: &TraceLine| {
            let status = line.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            let id = line.request_id.as_deref().unwrap_or("-");
            output.say(&format!("request: {} {} {status} {} ms {id}", line.method, line.path, line.took.as_millis()));
        }))
    }

    /// Warns: on stderr now, in the envelope at the end.
    pub(crate) fn warn(&self, warning: Warning) {
        self.output.warn(&warning);
        self.so_far.warnings.borrow_mut().push(warning);
    }

    pub(crate) fn warnings(&self) -> Vec<Warning> {
        self.so_far.warnings.borrow().clone()
    }

    /// Goes on only if `-y` or a person says so. `question` is asked; `what` names the action where
    /// nobody can be asked.
    ///
    /// # Errors
    /// `INPUT_ERROR` if nobody can be asked, `CANCELLED` if the answer is no.
    pub(crate) fn confirm(&self, what: &str, question: &str) -> Result<(), Error> {
        if self.interactivity.needs_confirmation(what)? {
            prompt::confirm(&crate::output::sanitise::clean(question), Usual::No)?;
        }
        Ok(())
    }

    /// Prints a result before the command ends.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if stdout did not take it.
    pub(crate) async fn print(&self, outcome: &mut Outcome) -> Result<(), Error> {
        let printed = self.output.result(&self.command, outcome, &self.warnings(), None).await;
        printed.map_err(WriteError::into_error)
    }

    /// The sinks that `--to` names, checked.
    ///
    /// # Errors
    /// `INPUT_ERROR` for a sink that cannot take a value, and for a stdout that would lose or leak
    /// it.
    pub(crate) async fn sinks(
        &self,
        control: &ControlPlane,
        wanted: &Delivery,
        unprintable: Unprintable,
    ) -> Result<Rc<Sinks>, Error> {
        let (sinks, warnings) = Sinks::check(&self.run_facts(), control, wanted, unprintable).await?;
        warnings.into_iter().for_each(|warning| self.warn(warning));
        Ok(sinks)
    }

    /// The mask alone, for a value that a child gets in its environment.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the value cannot be masked here, or nobody would read the mask.
    pub(crate) async fn child_sinks(&self, control: &ControlPlane) -> Result<Rc<Sinks>, Error> {
        let (sinks, warnings) = Sinks::check_for_child(&self.run_facts(), control).await?;
        warnings.into_iter().for_each(|warning| self.warn(warning));
        Ok(sinks)
    }

    fn run_facts(&self) -> RunFacts<'_> {
        RunFacts {
            env: &self.env,
            job: &self.job,
            format: self.output.presentation.format,
            print_token: self.print_token,
        }
    }
}
