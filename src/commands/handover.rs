//! Handing a new token over: mask it, write it to every sink, print it last, or undo all of that.
//!
//! Everything that can be found out beforehand is asked in [`Handover::prepare`], while there is nothing to lose. From
//! then on the run owes an answer (see [`super::pending`]).

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use tokio::sync::Mutex;

use super::context::Context;
use super::wait::{self, Patience};
use crate::api::ControlPlane;
use crate::api::wire::{Deployment, SecretName, Slug};
use crate::ci::{Destination, Detection, Mask, Masker, Streams, preflight, write_masks};
use crate::cli::tokens::Delivery;
use crate::config::Env;
use crate::delivery::{Answer, NotUndone, Plan, SecretStore, Surroundings};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Format, Outcome};
use crate::secret::{RuntimeToken, Secret};
use crate::warning::Warning;

/// The way of one new token to its sinks.
pub struct Handover {
    plan: Mutex<Plan>,
    stdout: bool,
    masker: Masker,
    masks_stdout_too: bool,
    azure_log: bool,
    env: Env,
    store: Functions,
    written: Cell<bool>,
}

/// The secrets of functions, over the control plane.
struct Functions {
    control: ControlPlane,
    /// The redeploys that storing a secret has started, with their functions.
    redeploys: RefCell<Vec<(Slug, Deployment)>>,
}

impl SecretStore for Functions {
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

impl Handover {
    /// Checks every sink, and that a value on stdout neither is lost nor ends in a log.
    ///
    /// # Errors
    /// `INPUT_ERROR` while nothing has been created.
    pub async fn prepare(cx: &Context, control: &ControlPlane, wanted: &Delivery) -> Result<Rc<Self>, Error> {
        let handover = Rc::new(Self::plan(cx, control, wanted, true)?);
        handover.check(cx).await?;
        Ok(handover)
    }

    /// As [`Handover::prepare`] for a deploy, which is never refused because of stdout: a value that must not be printed
    /// is withheld. Whether it may be printed is [`Handover::prints`].
    ///
    /// # Errors
    /// `INPUT_ERROR` for a sink that cannot be written.
    pub async fn prepare_lenient(cx: &Context, control: &ControlPlane, wanted: &Delivery) -> Result<Rc<Self>, Error> {
        let mut handover = Self::plan(cx, control, wanted, false)?;
        let only_stdout = handover.plan.get_mut().labels() == ["stdout"];
        if only_stdout && handover.masker.probe().await.is_err() {
            handover.stdout = false;
            handover.masker = Masker::Nothing;
        }
        handover.check(cx).await?;
        Ok(Rc::new(handover))
    }

    fn plan(cx: &Context, control: &ControlPlane, wanted: &Delivery, guarded: bool) -> Result<Self, Error> {
        let plan = Plan::parse(&wanted.to, wanted.force)?;
        let lookup = |name: &str| cx.env.text(name).map(str::to_owned);
        let detection = Detection::from_env(&lookup);
        let path = cx.env.path("PATH");
        let mut stdout = plan.has_stdout();
        let masker = match Masker::prepare(&detection, path.as_ref().map(|path| path.as_os_str())) {
            Err(_) if !guarded && plan.labels() == ["stdout"] => {
                stdout = false;
                Masker::Nothing
            }
            prepared => prepared?,
        };
        if guarded && !stdout && cx.output.presentation.format == Format::Quiet {
            return Err(Error::input("`--quiet` prints the value, but `--to` sends it elsewhere alone")
                .with_hint("leave out `--quiet`, or add `--to stdout`"));
        }
        let streams = Streams::observe();
        let asked = preflight::Handover {
            streams,
            destination: Destination::observe(&detection),
            masker: masker.clone(),
            stdout_is_only_sink: plan.labels().len() == 1,
            print_token: cx.print_token,
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
        if let Some(warning) = detection.warning() {
            cx.warn(warning);
        }
        let azure_log = asked.azure_log();
        let store = Functions { control: control.clone(), redeploys: RefCell::default() };
        let (env, written) = (cx.env.clone(), Cell::new(false));
        Ok(Self { plan: Mutex::new(plan), stdout, masker, masks_stdout_too, azure_log, env, store, written })
    }

    async fn check(&self, cx: &Context) -> Result<(), Error> {
        self.masker.probe().await?;
        let warnings = self.with_surroundings(async |plan, around| plan.check(around).await).await?;
        warnings.into_iter().for_each(|warning| cx.warn(warning));
        Ok(())
    }

    /// Whether the value is to be printed.
    pub fn prints(&self) -> bool {
        self.stdout
    }

    /// Masks the value, then writes it to every sink but stdout. Returns what `delivered_to` says.
    ///
    /// # Errors
    /// `DELIVERY_ERROR`; sinks already written have been undone.
    #[allow(clippy::disallowed_methods, reason = "masks are flushed to stderr")]
    pub async fn deliver(&self, token: &RuntimeToken) -> Result<Vec<String>, Error> {
        self.masker.mask(token).apply(&mut io::stderr()).await?;
        self.written.set(true);
        let mut labels = self.with_surroundings(async |plan, around| plan.hand_over(token, around).await).await?;
        if !self.stdout {
            labels.retain(|label| label != "stdout");
        }
        Ok(labels)
    }

    /// The mask that goes to stdout before the value, under `--print-token`.
    fn prelude(&self, token: &RuntimeToken) -> String {
        let mask = if self.masks_stdout_too { self.masker.mask(token) } else { Mask::Nothing };
        let mut text = Vec::new();
        let _ = write_masks(&mask, &mut text);
        String::from_utf8(text).unwrap_or_default()
    }

    /// Takes back what was written; returns what could not be.
    pub async fn undo(&self) -> Vec<NotUndone> {
        if !self.written.get() {
            return Vec::new();
        }
        self.with_surroundings(async |plan, around| plan.undo(around).await).await
    }

    /// Waits until the functions that got the value as a secret use it.
    ///
    /// # Errors
    /// `NOT_LIVE` for the first whose redeploy failed or was not live in time.
    pub async fn wait_for_secrets(
        &self,
        cx: &Context,
        control: &ControlPlane,
        patience: Patience,
    ) -> Result<(), Error> {
        let redeploys = self.store.redeploys.borrow().clone();
        for (slug, mut redeploy) in redeploys {
            wait::deployment(cx, control, &slug, &mut redeploy, None, patience).await?;
        }
        Ok(())
    }

    async fn settle(&self) -> Vec<Warning> {
        self.plan.lock().await.settle()
    }

    #[allow(clippy::disallowed_methods, reason = "masks are flushed to stderr")]
    async fn with_surroundings<T>(&self, step: impl AsyncFnOnce(&mut Plan, &mut Surroundings<'_>) -> T) -> T {
        let lookup = |name: &str| self.env.text(name).map(str::to_owned);
        let mut stderr = io::stderr();
        let mut around =
            Surroundings { env: &lookup, azure_log: self.azure_log, secrets: &self.store, stderr: &mut stderr };
        let mut plan = self.plan.lock().await;
        step(&mut plan, &mut around).await
    }
}

/// How the value of a command's own token is masked here; a remark says so if it cannot be.
///
/// # Errors
/// `INPUT_ERROR` if the CI system masks by a program that is not there, or on a stderr that nobody reads.
pub async fn masker(cx: &Context) -> Result<Masker, Error> {
    let lookup = |name: &str| cx.env.text(name).map(str::to_owned);
    let detection = Detection::from_env(&lookup);
    if let Some(warning) = detection.warning() {
        cx.warn(warning);
    }
    let masker = Masker::prepare(&detection, cx.env.path("PATH").as_ref().map(|path| path.as_os_str()))?;
    let asked = preflight::Handover {
        streams: Streams::observe(),
        destination: Destination::Unknown,
        masker: masker.clone(),
        stdout_is_only_sink: false,
        print_token: false,
    };
    asked.check_mask()?;
    asked.masker.probe().await?;
    Ok(masker)
}

/// Prints the result with the value, if stdout is a sink, and settles what was owed; else settles it, and the result is
/// printed like any other.
///
/// # Errors
/// `DELIVERY_ERROR` if stdout did not take it; the token is still owed then, and is revoked by the caller of the command.
pub async fn finish(
    cx: &Context,
    command: &'static str,
    handover: &Handover,
    token: RuntimeToken,
    mut outcome: Outcome,
) -> Result<Outcome, Error> {
    if !handover.stdout {
        settle(cx, handover).await;
        return Ok(outcome);
    }
    let prelude = handover.prelude(&token);
    outcome.token = Some(token);
    outcome.warnings = cx.warnings();
    if let Err(why) = cx.output.result(command, &outcome, &prelude).await {
        let error = why.into_error();
        let reason = Error::new(ErrorCode::DeliveryError, error.message());
        return Err(match error.hint() {
            Some(hint) => reason.with_hint(hint),
            None => reason,
        });
    }
    settle(cx, handover).await;
    outcome.token = None;
    outcome.streamed = true;
    Ok(outcome)
}

/// Nothing is owed any more: the value has reached every sink.
pub async fn settle(cx: &Context, handover: &Handover) {
    for warning in handover.settle().await {
        cx.output.warn(&warning);
    }
    if let Err(cause) = cx.pending.settle() {
        let message = format!(
            "The journal still holds this token, which was handed over: {cause}; `jelou tokens recover` would revoke it"
        );
        cx.output.warn(&Warning::new("JOURNAL_NOT_CLEANED", message));
    }
}
