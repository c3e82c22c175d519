//! The sinks of one run: where the value of a new token goes, and how it is masked on the way.
//!
//! Everything that can be found out beforehand is checked before a token is asked for: each sink, whether the CI
//! system can mask and its mask will be read, and whether a value on stdout would be lost or end in the job's log.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::api::ControlPlane;
use crate::api::wire::{Deployment, SecretName, Slug};
use crate::ci::{Destination, Detection, Mask, Masker, Streams, preflight, write_masks};
use crate::cli::tokens::Delivery;
use crate::config::Env;
use crate::delivery::{Answer, NotUndone, Plan, SecretStore, Surroundings};
use crate::error::Error;
use crate::output::{Format, PrintedToken};
use crate::secret::{RuntimeToken, Secret};
use crate::warning::Warning;

/// Where the value of one new token goes.
pub struct Sinks {
    plan: Mutex<Plan>,
    prints: bool,
    masker: Masker,
    masks_stdout_too: bool,
    azure_log: bool,
    env: Env,
    store: FunctionSecrets,
    written: Cell<bool>,
}

/// What checking sinks needs of a run.
pub(crate) struct RunFacts<'a> {
    pub(crate) env: &'a Env,
    pub(crate) format: Format,
    /// `--print-token`.
    pub(crate) print_token: bool,
}

/// The secrets of functions, over the control plane.
struct FunctionSecrets {
    control: ControlPlane,
    /// The redeploys that storing a secret has started, with their functions.
    redeploys: RefCell<Vec<(Slug, Deployment)>>,
}

impl SecretStore for FunctionSecrets {
    fn has<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> Answer<'a, bool> {
        Box::pin(async move {
            let listed = self.control.secrets(slug).await?;
            Ok(listed.value.iter().any(|secret| secret.key == *key))
        })
    }

    fn put<'a>(&'a self, slug: &'a Slug, key: &'a SecretName, value: &'a Secret) -> Answer<'a, ()> {
        Box::pin(async move {
            let stored = self.control.put_secrets(slug, &[(key.clone(), value.clone())]).await?;
            self.redeploys.borrow_mut().push((slug.clone(), stored.value.deployment));
            Ok(())
        })
    }

    fn delete<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> Answer<'a, ()> {
        Box::pin(async move {
            self.control.delete_secret(slug, key).await?;
            Ok(())
        })
    }
}

impl Sinks {
    /// Checks every sink, and that a value on stdout neither is lost nor ends in a log. Returns warnings too.
    ///
    /// # Errors
    /// `INPUT_ERROR` while nothing has been created.
    pub(crate) async fn check(
        run: &RunFacts<'_>,
        control: &ControlPlane,
        wanted: &Delivery,
    ) -> Result<(Rc<Self>, Vec<Warning>), Error> {
        let (sinks, mut warnings) = Self::plan(run, control, wanted, true)?;
        warnings.extend(sinks.try_all().await?);
        Ok((Rc::new(sinks), warnings))
    }

    /// As [`Sinks::check`] for a deploy, which is never refused because of stdout: a value that must not be printed is
    /// withheld.
    ///
    /// # Errors
    /// `INPUT_ERROR` for a sink that cannot be written.
    pub(crate) async fn check_for_deploy(
        run: &RunFacts<'_>,
        control: &ControlPlane,
        wanted: &Delivery,
    ) -> Result<(Rc<Self>, Vec<Warning>), Error> {
        let (mut sinks, mut warnings) = Self::plan(run, control, wanted, false)?;
        let only_stdout = sinks.plan.get_mut().labels() == ["stdout"];
        if only_stdout && sinks.masker.probe().await.is_err() {
            sinks.prints = false;
            sinks.masker = Masker::Nothing;
        }
        warnings.extend(sinks.try_all().await?);
        Ok((Rc::new(sinks), warnings))
    }

    /// No sink, but a mask that must be read: for a value that a child gets in its environment.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the CI system masks by a program that is not there, or on a stderr that nobody reads.
    pub(crate) async fn check_for_child(
        run: &RunFacts<'_>,
        control: &ControlPlane,
    ) -> Result<(Rc<Self>, Vec<Warning>), Error> {
        let lookup = |name: &str| run.env.text(name).map(str::to_owned);
        let detection = Detection::from_env(&lookup);
        let masker = Masker::prepare(&detection, run.env.path("PATH").as_ref().map(|path| path.as_os_str()))?;
        let asked = preflight::Handover {
            streams: Streams::observe(),
            destination: Destination::Unknown,
            masker: masker.clone(),
            stdout_is_only_sink: false,
            print_token: false,
        };
        asked.check_mask()?;
        masker.probe().await?;
        let store = FunctionSecrets { control: control.clone(), redeploys: RefCell::default() };
        let plan = Mutex::new(Plan::none());
        let (env, written) = (run.env.clone(), Cell::new(false));
        let sinks =
            Self { plan, prints: false, masker, masks_stdout_too: false, azure_log: false, env, store, written };
        Ok((Rc::new(sinks), detection.warning().into_iter().collect()))
    }

    fn plan(
        run: &RunFacts<'_>,
        control: &ControlPlane,
        wanted: &Delivery,
        guarded: bool,
    ) -> Result<(Self, Vec<Warning>), Error> {
        let plan = Plan::parse(&wanted.to, wanted.force)?;
        let lookup = |name: &str| run.env.text(name).map(str::to_owned);
        let detection = Detection::from_env(&lookup);
        let path = run.env.path("PATH");
        let mut stdout = plan.has_stdout();
        let masker = match Masker::prepare(&detection, path.as_ref().map(|path| path.as_os_str())) {
            Err(_) if !guarded && plan.labels() == ["stdout"] => {
                stdout = false;
                Masker::Nothing
            }
            prepared => prepared?,
        };
        if guarded && !stdout && run.format == Format::Quiet {
            return Err(Error::input("`--quiet` prints the value, but `--to` sends it elsewhere alone")
                .with_hint("leave out `--quiet`, or add `--to stdout`"));
        }
        let asked = preflight::Handover {
            streams: Streams::observe(),
            destination: Destination::observe(&detection),
            masker: masker.clone(),
            stdout_is_only_sink: plan.labels().len() == 1,
            print_token: run.print_token,
        };
        let mut masks_stdout_too = false;
        if stdout {
            match asked.check() {
                Err(error) if guarded => return Err(error),
                checked => stdout = checked.is_ok(),
            }
            masks_stdout_too = asked.masks_stdout_too();
        }
        if plan.labels().iter().any(|label| label != "stdout") {
            asked.check_mask()?;
        }
        let azure_log = asked.azure_log();
        let store = FunctionSecrets { control: control.clone(), redeploys: RefCell::default() };
        let (env, written) = (run.env.clone(), Cell::new(false));
        let sinks =
            Self { plan: Mutex::new(plan), prints: stdout, masker, masks_stdout_too, azure_log, env, store, written };
        Ok((sinks, detection.warning().into_iter().collect()))
    }

    async fn try_all(&self) -> Result<Vec<Warning>, Error> {
        self.masker.probe().await?;
        self.with_surroundings(async |plan, around| plan.check(around).await).await
    }

    /// Whether the value is to be printed.
    pub(crate) fn prints(&self) -> bool {
        self.prints
    }

    /// Whether any sink takes the value: a deploy may withhold it.
    pub(crate) async fn take_anything(&self) -> bool {
        self.prints || self.plan.lock().await.labels().iter().any(|label| label != "stdout")
    }

    /// Makes the CI system mask the value.
    ///
    /// # Errors
    /// `DELIVERY_ERROR` if it cannot be told.
    pub(super) async fn mask(&self, token: &RuntimeToken) -> Result<(), Error> {
        self.masker.mask(token).apply(&mut io::stderr()).await
    }

    /// Writes the value to every sink but stdout. Returns what `delivered_to` says.
    ///
    /// # Errors
    /// `DELIVERY_ERROR`; sinks already written have been undone.
    pub(super) async fn deliver(&self, token: &RuntimeToken) -> Result<Vec<String>, Error> {
        self.written.set(true);
        let mut labels = self.with_surroundings(async |plan, around| plan.hand_over(token, around).await).await?;
        if !self.prints {
            labels.retain(|label| label != "stdout");
        }
        Ok(labels)
    }

    /// The value for stdout, with the masks that go there first under `--print-token`; nothing if stdout is no sink.
    pub(super) fn printed(&self, token: &RuntimeToken) -> Option<PrintedToken> {
        if !self.prints {
            return None;
        }
        let mask = if self.masks_stdout_too { self.masker.mask(token) } else { Mask::Nothing };
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        let _ = write_masks(&mask, &mut text);
        let masks = Zeroizing::new(String::from_utf8(text).unwrap_or_default());
        Some(PrintedToken { value: token.clone(), masks })
    }

    /// Takes back what was written; returns what could not be.
    pub(super) async fn undo(&self) -> Vec<NotUndone> {
        if !self.written.get() {
            return Vec::new();
        }
        self.with_surroundings(async |plan, around| plan.undo(around).await).await
    }

    /// Drops what undoing would have needed.
    pub(super) async fn commit(&self) -> Vec<Warning> {
        self.plan.lock().await.settle()
    }

    /// The redeploys of the functions that got the value as a secret.
    pub(crate) fn secret_redeploys(&self) -> Vec<(Slug, Deployment)> {
        self.store.redeploys.borrow().clone()
    }

    async fn with_surroundings<T>(&self, step: impl AsyncFnOnce(&mut Plan, &mut Surroundings<'_>) -> T) -> T {
        let lookup = |name: &str| self.env.text(name).map(str::to_owned);
        let mut stderr = io::stderr();
        let mut around =
            Surroundings { env: &lookup, azure_log: self.azure_log, secrets: &self.store, stderr: &mut stderr };
        let mut plan = self.plan.lock().await;
        step(&mut plan, &mut around).await
    }
}
