//! A token that exists and is being delivered. Each step consumes the one before it.

use std::rc::Rc;

use super::live::{Live, Until, until_live};
use super::sinks::Sinks;
use crate::api::wire::{Deployment, Slug};
use crate::commands::child::Child;
use crate::commands::{Completion, Context, wait};
use crate::config::env;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Outcome, ShownValue};
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// What is known of a token on its way. `I` is what its answer said of it.
pub(super) struct Held<'a, I> {
    cx: &'a Context,
    sinks: Rc<Sinks>,
    value: RuntimeToken,
    info: I,
    deployment: Deployment,
    request_id: Option<String>,
    live: Option<Live>,
}

impl<'a, I> Held<'a, I> {
    pub(super) fn new(
        cx: &'a Context,
        sinks: Rc<Sinks>,
        value: RuntimeToken,
        info: I,
        deployment: Deployment,
        request_id: Option<String>,
    ) -> Self {
        Self { cx, sinks, value, info, deployment, request_id, live: None }
    }
}

/// A token that nothing masks yet.
#[must_use]
pub struct Unmasked<'a, I>(Box<Held<'a, I>>);

/// A token that is masked in the log and written nowhere.
#[must_use]
pub struct Undelivered<'a, I>(Box<Held<'a, I>>);

/// A token that is written to every sink but stdout.
#[must_use]
pub struct Delivered<'a, I> {
    held: Box<Held<'a, I>>,
    labels: Vec<String>,
    not_live: Option<Error>,
}

/// What a verb makes its result of. The value is in it only while it is being printed.
pub struct DeliveredToken<I> {
    pub(crate) value: Option<ShownValue>,
    pub(crate) info: I,
    pub(crate) deployment: Deployment,
    /// The proof at the gateway, if there was one.
    pub(crate) live: Option<Live>,
    pub(crate) delivered_to: Vec<String>,
    /// Why it is not live, if it should be.
    pub(crate) not_live: Option<Error>,
    pub(crate) request_id: Option<String>,
}

/// A token that every sink has.
pub(crate) enum Handled<I> {
    /// Stdout is one of them, so the result is printed.
    Printed(Completion),
    /// The result is still to be printed.
    Committed(DeliveredToken<I>),
}

impl<'a, I> Unmasked<'a, I> {
    pub(super) fn new(held: Held<'a, I>) -> Self {
        Self(Box::new(held))
    }

    /// Makes the CI system mask the value, before anything else is printed.
    ///
    /// # Errors
    /// `DELIVERY_ERROR` if the system cannot be told.
    pub async fn mask(self) -> Result<Undelivered<'a, I>, Error> {
        self.0.cx.traffic.pass().await;
        self.0.sinks.mask(&self.0.value).await?;
        Ok(Undelivered(self.0))
    }
}

impl<'a, I> Undelivered<'a, I> {
    /// Waits until the gateway accepts the token, before anybody gets it.
    ///
    /// # Errors
    /// `NOT_LIVE` if that is not seen in time.
    pub async fn prove(mut self, until: &Until) -> Result<Self, Error> {
        let held = &mut self.0;
        held.live = until_live(held.cx, until, &mut held.deployment, Some(&held.value)).await?;
        Ok(self)
    }

    /// Writes the value to every sink but stdout.
    ///
    /// # Errors
    /// `DELIVERY_ERROR`; sinks already written are still to be undone.
    pub async fn deliver(self) -> Result<Delivered<'a, I>, Error> {
        let held = self.0;
        held.cx.traffic.pass().await;
        let sinks = Rc::clone(&held.sinks);
        held.cx.ledger.update(|entry| entry.sinks = Some(sinks));
        let labels = held.sinks.deliver(&held.value, &held.cx.traffic).await?;
        Ok(Delivered { held, labels, not_live: None })
    }

    /// Puts the value into the environment of a child. The token stays in the ledger and is revoked
    /// when the run ends.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the child's environment is the sink")]
    pub(crate) fn lend(self, child: Child) -> Child {
        child.env(env::JELOU_FUNCTION_TOKEN, self.0.value.secret().expose())
    }
}

impl<I> Delivered<'_, I> {
    /// Waits until the gateway accepts the token. Not being live in time is no error here: the
    /// result says so.
    ///
    /// # Errors
    /// Those that say nothing about the token, as a wrong gateway.
    pub async fn prove(mut self, until: &Until) -> Result<Self, Error> {
        let held = &mut self.held;
        match until_live(held.cx, until, &mut held.deployment, Some(&held.value)).await {
            Ok(live) => held.live = live,
            Err(error) if error.code() == ErrorCode::NotLive => self.not_live = Some(error),
            Err(error) => return Err(error),
        }
        Ok(self)
    }

    /// Waits for nothing, and warns if that would have been needed. A redeploy that has failed already
    /// is what [`Delivered::prove`] would find.
    pub(crate) fn unproved(mut self, warning: impl Fn(&Deployment) -> Warning) -> Self {
        self.not_live = wait::failed(&self.held.deployment);
        if self.held.deployment.is_under_way() {
            self.held.cx.warn(warning(&self.held.deployment));
        }
        self
    }

    /// The one or the other of [`Delivered::prove`] and [`Delivered::unproved`].
    ///
    /// # Errors
    /// As [`Delivered::prove`].
    pub async fn prove_or_warn(self, until: Option<&Until>, what: &str) -> Result<Self, Error> {
        match until {
            Some(until) => self.prove(until).await,
            None => Ok(self.unproved(|deployment| not_waited(deployment, what))),
        }
    }

    /// Whether a sink other than stdout has the value.
    pub(crate) fn is_stored(&self) -> bool {
        self.held.sinks.has_others()
    }

    /// The functions that got the value as a secret, with their redeploys.
    pub(crate) fn secret_redeploys(&self) -> Vec<(Slug, Deployment)> {
        self.held.sinks.secret_redeploys()
    }

    /// Prints the result, with the value if stdout is a sink; from then on the token is
    /// delivered. Where stdout is none, the result is left to the app.
    ///
    /// # Errors
    /// `DELIVERY_ERROR` if stdout did not take the value.
    pub async fn print(self, result: impl Fn(DeliveredToken<I>) -> Outcome) -> Result<Completion, Error> {
        match self.print_or_commit(&result).await? {
            Handled::Printed(completion) => Ok(completion),
            Handled::Committed(token) => Ok(Completion::Print(result(token))),
        }
    }

    /// The same for a verb with more to do before its result is printed, where stdout is no sink.
    ///
    /// # Errors
    /// As [`Delivered::print`].
    pub(crate) async fn print_or_commit(
        self,
        result: impl Fn(DeliveredToken<I>) -> Outcome,
    ) -> Result<Handled<I>, Error> {
        let (cx, sinks) = (self.held.cx, Rc::clone(&self.held.sinks));
        cx.traffic.pass().await;
        let Some(printed) = sinks.printed(&self.held.value) else {
            commit(cx, &sinks).await;
            return Ok(Handled::Committed(self.into_delivered(None)));
        };
        let mut outcome = result(self.into_delivered(Some(printed.shown())));
        cx.output.result(&cx.command, &mut outcome, &cx.warnings(), Some(&printed)).await.map_err(|why| {
            let error = why.into_error();
            let lost = Error::new(ErrorCode::DeliveryError, error.message());
            error.hints().iter().fold(lost, |lost, hint| lost.with_hint(hint.clone()))
        })?;
        commit(cx, &sinks).await;
        Ok(Handled::Printed(Completion::Printed { failure: outcome.failure }))
    }

    fn into_delivered(self, value: Option<ShownValue>) -> DeliveredToken<I> {
        let Held { info, deployment, live, request_id, .. } = *self.held;
        let (delivered_to, not_live) = (self.labels, self.not_live);
        DeliveredToken { value, info, deployment, live, delivered_to, not_live, request_id }
    }
}

/// The value has reached every sink: nothing is undone any more.
async fn commit(cx: &Context, sinks: &Sinks) {
    for warning in sinks.commit().await {
        cx.output.warn(&warning);
    }
    if let Err(cause) = cx.ledger.commit() {
        let message = format!(
            "The recovery log still holds this token, which was delivered: {cause}; `jelou tokens recover` would offer it again"
        );
        cx.output.warn(&Warning::new("RECOVERY_LOG_NOT_CLEANED", message));
    }
}

/// The warning of a change that nobody waited for.
pub(crate) fn not_waited(deployment: &Deployment, what: &str) -> Warning {
    Warning::new(
        "NOT_YET_LIVE",
        format!("{what} once the deployment {} is live; `--wait` waits for that", deployment.id),
    )
}
