//! The sinks of one run: where the value of a new token goes, and how it is masked on the way.
//!
//! Everything that can be found out beforehand is checked before a token is asked for: each sink,
//! whether the CI system can mask and its mask will be read, and whether a value on stdout would be
//! lost or end in the job's log.

use std::cell::Cell;
use std::rc::Rc;

use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::function_secrets::FunctionSecrets;
use crate::api::wire::{Deployment, Slug};
use crate::api::{ControlPlane, Traffic};
use crate::ci::{DeliveryCheck, Destination, JobEnvironment, Masker};
use crate::cli::tokens::Delivery;
use crate::config::Env;
use crate::delivery::{NotUndone, SecretStore, SinkContext, SinkSet};
use crate::error::Error;
use crate::output::{Format, PrintedToken};
use crate::secret::RuntimeToken;
use crate::std_streams;
use crate::warning::Warning;

/// Where the value of one new token goes.
pub struct Sinks {
    set: Mutex<SinkSet>,
    /// The sinks but stdout, as `delivered_to` names them.
    labels: Vec<String>,
    prints: bool,
    /// Why stdout does not take the value, though it is a sink.
    withheld_because: Option<String>,
    masker: Masker,
    masks_stdout_too: bool,
    store: Rc<FunctionSecrets>,
    /// Whether they may hold the value.
    written: Cell<bool>,
}

/// What checking sinks needs of a run.
pub(crate) struct RunFacts<'a> {
    pub(crate) env: &'a Env,
    pub(crate) job: &'a JobEnvironment,
    pub(crate) format: Format,
    /// `--print-token`.
    pub(crate) print_token: bool,
}

/// What happens to a value that must not be printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unprintable {
    /// The command is refused before anything is created.
    Refuse,
    /// It is withheld: a deploy happens anyway.
    Withhold,
}

impl Sinks {
    /// Checks every sink, and that a value on stdout is neither lost nor written to a log. Returns
    /// warnings too.
    ///
    /// # Errors
    /// `INPUT_ERROR`, or what the platform answers to the check of `secret:`. Nothing has been
    /// created.
    pub(crate) async fn check(
        run: &RunFacts<'_>,
        control: &ControlPlane,
        wanted: &Delivery,
        unprintable: Unprintable,
    ) -> Result<(Rc<Self>, Vec<Warning>), Error> {
        let env = run.env.clone();
        let lookup = move |name: &str| env.text(name).map(str::to_owned);
        let mut warnings: Vec<Warning> = run.job.detection.warning().into_iter().collect();
        let prepared = run.masker();
        let azure_log = prepared
            .as_ref()
            .is_ok_and(|masker| run.delivery_check(masker, run.job.destination(), false).stderr_is_azure_log());
        let store = Rc::new(FunctionSecrets::new(control));
        let secrets: Rc<dyn SecretStore> = store.clone();
        let context = SinkContext { env: Rc::new(lookup), azure_log, secrets };
        let mut set = SinkSet::parse(&wanted.to, wanted.force, &context)?;
        let may_withhold = unprintable == Unprintable::Withhold && !set.has_others();
        let probed = match prepared {
            Ok(masker) => masker.probe().await.map(|()| masker),
            Err(error) => Err(error),
        };
        let mut withheld_because = None;
        let (mut prints, masker) = match probed {
            Ok(masker) => (set.has_stdout(), masker),
            Err(error) if may_withhold => {
                withheld_because = Some(error.message());
                (false, Masker::Nothing)
            }
            Err(error) => return Err(error),
        };
        if unprintable == Unprintable::Refuse && !set.has_stdout() && run.format == Format::Quiet {
            return Err(Error::input("`--quiet` prints the value, but `--to` sends it elsewhere alone")
                .with_hint("leave out `--quiet`, or add `--to stdout`"));
        }
        let check = run.delivery_check(&masker, run.job.destination(), !set.has_others());
        let masks_stdout_too = prints && check.masks_stdout_too();
        if prints {
            match check.stdout() {
                Err(error) if unprintable == Unprintable::Refuse => return Err(error),
                Err(error) => {
                    withheld_because = Some(error.message());
                    prints = false;
                }
                Ok(()) => {}
            }
        }
        if set.has_others() {
            check.mask()?;
        }
        warnings.extend(set.check().await?);
        let labels = set.other_labels();
        let (set, written) = (Mutex::new(set), Cell::new(false));
        let sinks = Self { set, labels, prints, withheld_because, masker, masks_stdout_too, store, written };
        Ok((Rc::new(sinks), warnings))
    }

    /// For a value that only a child process gets: no sinks, but the mask must reach a reader.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the CI system masks by a program that is not there, or on a stderr that
    /// nobody reads.
    pub(crate) async fn check_for_child(
        run: &RunFacts<'_>,
        control: &ControlPlane,
    ) -> Result<(Rc<Self>, Vec<Warning>), Error> {
        let masker = run.masker()?;
        // The value does not go to stdout, but a stderr that is the same file is captured with it.
        run.delivery_check(&masker, run.job.destination(), false).mask()?;
        masker.probe().await?;
        let store = Rc::new(FunctionSecrets::new(control));
        let (set, written) = (Mutex::new(SinkSet::none()), Cell::new(false));
        let labels = Vec::new();
        let withheld_because = None;
        let sinks =
            Self { set, labels, prints: false, withheld_because, masker, masks_stdout_too: false, store, written };
        Ok((Rc::new(sinks), run.job.detection.warning().into_iter().collect()))
    }

    /// Why a value that should go to stdout does not.
    pub(crate) fn withheld_because(&self) -> Option<&str> {
        self.withheld_because.as_deref()
    }

    /// Whether any sink takes the value: a deploy may withhold it.
    pub(crate) async fn take_anything(&self) -> bool {
        self.prints || self.set.lock().await.has_others()
    }

    /// Makes the CI system mask the value.
    ///
    /// # Errors
    /// `DELIVERY_ERROR` if it cannot be told.
    #[allow(clippy::disallowed_methods, reason = "a mask is flushed before anything else is written")]
    pub(super) async fn mask(&self, token: &RuntimeToken) -> Result<(), Error> {
        self.masker.mask(token, &mut std_streams::stderr()).await
    }

    /// Writes the value to every sink but stdout. Returns what `delivered_to` says.
    ///
    /// # Errors
    /// `DELIVERY_ERROR`; sinks already written are still to be undone.
    pub(super) async fn deliver(&self, token: &RuntimeToken, traffic: &Traffic) -> Result<Vec<String>, Error> {
        self.written.set(true);
        let mut labels = self.set.lock().await.deliver(token, async || traffic.pass().await).await?;
        if !self.prints {
            labels.retain(|label| label != "stdout");
        }
        Ok(labels)
    }

    /// The value for stdout, with the masks that go there first under `--print-token`; nothing if
    /// stdout is no sink, or if the value is withheld.
    pub(super) fn printed(&self, token: &RuntimeToken) -> Option<PrintedToken> {
        if !self.prints {
            return None;
        }
        let masks = if self.masks_stdout_too { self.masker.commands(token) } else { Zeroizing::default() };
        Some(PrintedToken { value: token.clone(), masks })
    }

    /// Takes back what was written; returns what could not be.
    pub(super) async fn undo(&self) -> Vec<NotUndone> {
        if !self.written.get() {
            return Vec::new();
        }
        let not_undone = self.set.lock().await.undo().await;
        self.written.set(false);
        not_undone
    }

    /// The sinks that may hold the value, if undoing them was cut short.
    pub(super) fn not_undone_yet(&self) -> Vec<NotUndone> {
        let labels = if self.written.get() { self.labels.as_slice() } else { &[] };
        let cut_short =
            |sink: &String| NotUndone { sink: sink.clone(), reason: "cleaning up was cut short".to_owned() };
        labels.iter().map(cut_short).collect()
    }

    /// Drops what undoing would have needed.
    pub(super) async fn commit(&self) -> Vec<Warning> {
        self.set.lock().await.commit()
    }

    /// Whether there is a sink beside stdout.
    pub(super) fn has_others(&self) -> bool {
        !self.labels.is_empty()
    }

    /// The redeploys of the functions that got the value as a secret.
    pub(crate) fn secret_redeploys(&self) -> Vec<(Slug, Deployment)> {
        self.store.redeploys()
    }
}

impl RunFacts<'_> {
    fn masker(&self) -> Result<Masker, Error> {
        Masker::prepare(&self.job.detection, self.env.path("PATH").as_ref().map(|path| path.as_os_str()))
    }

    fn delivery_check(&self, masker: &Masker, destination: Destination, stdout_is_only_sink: bool) -> DeliveryCheck {
        DeliveryCheck {
            streams: self.job.streams,
            stderr_is_read_by_step: self.job.stderr_is_read_by_step(masker),
            destination,
            masker: masker.clone(),
            stdout_is_only_sink,
            print_token: self.print_token,
        }
    }
}
