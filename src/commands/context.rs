//! What every command works with: settings, clients, output, and the token that is not handed over yet.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;

use jiff::Timestamp;

use super::interrupts::Interrupts;
use super::pending::Pending;
use crate::api::retry::Policy;
use crate::api::transport::{OnRetry, Trace, TraceLine};
use crate::api::wire::Slug;
use crate::api::{ControlPlane, Gateway, Options, Transport, Trust};
use crate::config::credentials::{self, Credentials};
use crate::config::project::Project;
use crate::config::settings::Identity;
use crate::config::{Env, Settings, env};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Interactivity, Output, prompt};
use crate::warning::Warning;

/// What every command works with.
pub struct Context {
    /// The environment.
    pub env: Env,
    /// What flags and environment say.
    pub settings: Settings,
    /// The one writer of both streams.
    pub output: Rc<Output>,
    /// Whether a person may be asked.
    pub interactivity: Interactivity,
    /// `--print-token`.
    pub print_token: bool,
    /// The token that was asked for and is not handed over yet.
    pub pending: Pending,
    /// The signals that end this run.
    pub interrupts: Interrupts,
    /// The folder the command was started in.
    pub folder: PathBuf,
    identity: OnceCell<Identity>,
    child_runs: Cell<bool>,
    on_interrupt: RefCell<String>,
    warnings: RefCell<Vec<Warning>>,
}

impl Context {
    /// A context for one run.
    pub fn new(
        env: Env,
        settings: Settings,
        output: Rc<Output>,
        interactivity: Interactivity,
        print_token: bool,
        folder: PathBuf,
    ) -> Self {
        Self {
            env,
            settings,
            output,
            interactivity,
            print_token,
            pending: Pending::default(),
            interrupts: Interrupts::default(),
            folder,
            identity: OnceCell::new(),
            child_runs: Cell::new(false),
            on_interrupt: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// Who this run is, resolved once.
    ///
    /// # Errors
    /// `MISSING_AUTH` or `INPUT_ERROR`, before any request.
    pub fn identity(&self) -> Result<&Identity, Error> {
        if self.identity.get().is_none() {
            let identity = self.settings.identity(|| self.credentials())?;
            let _ = self.identity.set(identity);
        }
        self.identity.get().ok_or_else(|| Error::new(ErrorCode::UnknownError, "The credential was lost"))
    }

    /// The stored profiles; empty where there is no folder for them.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the file cannot be used.
    pub fn credentials(&self) -> Result<Credentials, Error> {
        let Some(folder) = self.config_folder() else { return Ok(Credentials::default()) };
        let loaded = credentials::load(&folder)?;
        loaded.warnings.into_iter().for_each(|warning| self.warn(warning));
        Ok(loaded.credentials)
    }

    /// Where the stored profiles are: `JELOU_CONFIG_DIR`, or the system's folder for settings.
    pub fn config_folder(&self) -> Option<PathBuf> {
        let system = || directories::ProjectDirs::from("ai", "jelou", "jelou").map(|dirs| dirs.config_dir().to_owned());
        self.env.path(env::JELOU_CONFIG_DIR).or_else(system)
    }

    /// Where the intent journal is; nothing in CI, where nobody comes back to it.
    pub fn state_folder(&self) -> Option<PathBuf> {
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
    pub fn control(&self) -> Result<ControlPlane, Error> {
        let identity = self.identity()?;
        let transport = self.transport(identity.api_url.url())?;
        Ok(ControlPlane::new(transport, identity.api_url.clone(), identity.token.clone()))
    }

    /// A client of a function behind the gateway; nothing if the gateway is not known.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the gateway's URL makes no URL with the slug.
    pub fn gateway(&self, slug: &Slug) -> Result<Option<Gateway>, Error> {
        let Some(gateway) = &self.identity()?.gateway_url else { return Ok(None) };
        Gateway::new(gateway, slug, self.settings.allow_http, |base| self.transport(base)).map(Some)
    }

    /// A transport to the origin of a URL.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the certificates cannot be read.
    pub fn transport(&self, base: &url::Url) -> Result<Transport, Error> {
        let trust = Trust { ca_cert: self.settings.ca_cert.clone(), system_bundle: self.env.path(env::SSL_CERT_FILE) };
        let policy = Policy::with_retries(self.settings.retries);
        let request_timeout = self.settings.request_timeout;
        let options = Options { trust, request_timeout, policy, trace: self.trace(), on_retry: self.on_retry() };
        Transport::new(base, &options)
    }

    /// A person at a terminal is told why nothing happens; a log has no use for it.
    fn on_retry(&self) -> Option<OnRetry> {
        let output = Rc::clone(&self.output);
        self.output.shows_progress().then(|| -> OnRetry { Rc::new(move |sentence| output.say(sentence)) })
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

    /// The function a command is about: the one named, else `JELOU_FUNCTION`, else `jelou.json` of this folder or the
    /// nearest parent, else the one that a person picks.
    ///
    /// # Errors
    /// `INPUT_ERROR` for what is not a slug, `MISSING_FUNCTIONS_PROJECT` if nothing names one.
    pub async fn function(&self, named: Option<&Slug>) -> Result<Slug, Error> {
        if let Some(slug) = named {
            return Ok(slug.clone());
        }
        if let Some(slug) = self.env.text(env::JELOU_FUNCTION) {
            return slug.parse();
        }
        if let Some((_, project)) = Project::nearest(&self.folder)? {
            return Ok(project.slug);
        }
        if self.interactivity.can_prompt {
            let functions = self.control()?.functions().await?.value;
            let slugs: Vec<Slug> = functions.into_iter().map(|function| function.slug).collect();
            if !slugs.is_empty() {
                let names: Vec<String> = slugs.iter().map(Slug::to_string).collect();
                return prompt::pick("Which function", &names).map(|index| slugs[index].clone());
            }
        }
        Err(Error::new(ErrorCode::MissingFunctionsProject, "No function is named, and there is no `jelou.json`")
            .with_hint("name it in the command, set `JELOU_FUNCTION`, or change to the function's folder"))
    }

    /// Notes a remark: on stderr now, in the envelope at the end.
    pub fn warn(&self, warning: Warning) {
        self.output.warn(&warning);
        self.warnings.borrow_mut().push(warning);
    }

    /// Every remark so far.
    pub fn warnings(&self) -> Vec<Warning> {
        self.warnings.borrow().clone()
    }

    /// Goes on only if `-y` or a person says so. `question` is asked; `what` names the deed where nobody can be asked.
    ///
    /// # Errors
    /// `INPUT_ERROR` if nobody can be asked, `CANCELLED` if the answer is no.
    pub fn confirm(&self, what: &str, question: &str) -> Result<(), Error> {
        if self.interactivity.needs_confirmation(what)? {
            prompt::confirm(&crate::output::sanitise::clean(question))?;
        }
        Ok(())
    }

    /// Says whether a child runs, which then gets the signals instead of this command.
    pub fn set_child_runs(&self, runs: bool) {
        self.child_runs.set(runs);
    }

    /// Whether a child runs.
    pub fn child_runs(&self) -> bool {
        self.child_runs.get()
    }

    /// What is to be said if a signal ends the run from here on; empty for nothing.
    pub fn on_interrupt(&self, message: String) {
        *self.on_interrupt.borrow_mut() = message;
    }

    /// Says what a signal that ends the run now leaves behind.
    pub fn say_what_remains(&self) {
        let message = self.on_interrupt.take();
        if !message.is_empty() {
            self.output.warn(&Warning::new("INTERRUPTED", message));
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
