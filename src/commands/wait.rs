//! Waiting until a change counts: the redeploy first, then proof at the gateway.
//!
//! A deployment is looked at with growing pauses, or as often as the server's `Retry-After` asks for; `live`, `failed` and
//! an unknown end all stop it, `superseded` goes on with the successor. A new token is then proved: accepted three times
//! in a row, while a value that is nobody's is refused. What cannot be found out in time is `NOT_LIVE`: applied, and said
//! so.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::context::Context;
use crate::api::wire::{Deployment, DeploymentStatus, Id, Slug};
use crate::api::{ControlPlane, Gateway, RequestError, Verdict};
use crate::duration;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::progress::Progress;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// How often in a row a token must be accepted.
const PROOFS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// No pause is shorter, whatever a server asks for.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

/// How long this run waits in all, from now.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    began: Instant,
    deadline: Instant,
}

impl Patience {
    /// From now until `--timeout`.
    pub fn of(cx: &Context) -> Self {
        let began = Instant::now();
        Self { began, deadline: began + cx.settings.timeout }
    }

    /// What has passed.
    pub fn passed(&self) -> Duration {
        self.began.elapsed()
    }

    fn over(&self, what: &str) -> Error {
        not_live(format!("{what} within {}", duration::show(self.deadline - self.began)))
            .with_hint("it may still become live: wait again, or with a longer `--timeout`")
    }

    async fn pause(&self, length: Duration, what: &str) -> Result<(), Error> {
        let resume = Instant::now().checked_add(length.max(SHORTEST_PAUSE));
        let resume = resume.filter(|resume| *resume <= self.deadline);
        tokio::time::sleep_until(resume.unwrap_or(self.deadline)).await;
        resume.map(|_| ()).ok_or_else(|| self.over(what))
    }
}

/// Waits until a deployment is live; `current` is always what was last seen of it, or of its successor. `asked_pause` is
/// what the server asked for when it was seen.
///
/// # Errors
/// `NOT_LIVE` if it failed, vanished, or was not live in time.
pub async fn deployment(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    current: &mut Deployment,
    asked_pause: Option<Duration>,
    patience: Patience,
) -> Result<(), Error> {
    follow(cx, control, slug, current, asked_pause, patience, &mut HashSet::new()).await
}

/// Waits until many deployments are live. What one was superseded by is followed once, however many lead there.
///
/// # Errors
/// As [`deployment`], for the first of them.
pub async fn deployments(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    all: Vec<Deployment>,
    patience: Patience,
) -> Result<(), Error> {
    let mut settled = HashSet::new();
    for mut current in all {
        follow(cx, control, slug, &mut current, None, patience, &mut settled).await?;
    }
    Ok(())
}

/// Waits until a deployment is live or leads to one of `settled`, and adds the way to them.
async fn follow(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    current: &mut Deployment,
    mut asked_pause: Option<Duration>,
    patience: Patience,
    settled: &mut HashSet<Id>,
) -> Result<(), Error> {
    let progress = spinner(cx, format!("Waiting for deployment {}", current.id));
    let mut pause = FIRST_PAUSE;
    let mut passed = HashSet::new();
    while !settled.contains(&current.id) {
        match &current.status {
            DeploymentStatus::Live => break,
            DeploymentStatus::Failed => {
                let why = current.error.as_deref().unwrap_or("no reason given");
                return Err(not_live(format!("The deployment {} failed: {why}", current.id))
                    .with_hint("the change is stored; it counts with the next deployment that becomes live"));
            }
            DeploymentStatus::Superseded => {
                passed.insert(current.id.clone());
                let next = current.superseded_by.clone().filter(|next| !passed.contains(next));
                let Some(next) = next else {
                    return Err(not_live(format!(
                        "The deployment {} was superseded, and nothing says by which",
                        current.id
                    )));
                };
                progress.say(format!("Waiting for deployment {next}"));
                patience.pause(SHORTEST_PAUSE, &format!("The deployment {next} was not live")).await?;
                (*current, asked_pause) = look(control, slug, &next, patience).await?;
                continue;
            }
            DeploymentStatus::Queued | DeploymentStatus::Building | DeploymentStatus::Other(_) => {}
        }
        let what = format!("The deployment {} was not live", current.id);
        patience.pause(asked_pause.unwrap_or(pause), &what).await?;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        (*current, asked_pause) = look(control, slug, &current.id, patience).await?;
    }
    settled.extend(passed);
    settled.insert(current.id.clone());
    Ok(())
}

/// Looks at a deployment. What passes (a lost connection, 429, 5xx) is no reason to give up before the time is over.
async fn look(
    control: &ControlPlane,
    slug: &Slug,
    id: &Id,
    patience: Patience,
) -> Result<(Deployment, Option<Duration>), Error> {
    let what = format!("The deployment {id} was not live");
    loop {
        match tokio::time::timeout_at(patience.deadline, control.deployment(slug, id)).await {
            Err(_) => return Err(patience.over(&what)),
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(error)) if error.is_retryable() => patience.pause(LONGEST_PAUSE, &what).await?,
            Ok(Err(error)) => {
                let message = format!("The deployment {id} could not be followed: {}", error.error().message());
                return Err(not_live(message).answered_like(error.error()));
            }
        }
    }
}

/// Proves that the gateway accepts a token; nothing if it cannot be proved because the function lets everybody in, or no
/// gateway is known. A remark says so then.
///
/// # Errors
/// `NOT_LIVE` if it was not accepted in time.
pub async fn proof(
    cx: &Context,
    gateway: Option<&Gateway>,
    token: &RuntimeToken,
    patience: Patience,
) -> Result<Option<Duration>, Error> {
    let Some(gateway) = gateway else {
        cx.warn(Warning::new(
            "NOT_PROVED",
            "The gateway of this control plane is not known, so only the deployment was waited for; name it with `--gateway-url`",
        ));
        return Ok(None);
    };
    let _progress = spinner(cx, "Proving the token at the gateway".to_owned());
    let mut pause = FIRST_PAUSE;
    let mut in_a_row = 0;
    loop {
        in_a_row = match ask(gateway.probe(token), patience).await? {
            Verdict::Accepted => in_a_row + 1,
            Verdict::Refused | Verdict::Unclear => 0,
        };
        if in_a_row == PROOFS {
            break;
        }
        if in_a_row == 0 {
            patience.pause(pause, "The gateway did not accept the token").await?;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }
    let accepted_after = patience.passed();
    match ask(gateway.control_probe(), patience).await? {
        Verdict::Refused => Ok(Some(accepted_after)),
        Verdict::Unclear => {
            cx.warn(Warning::new(
                "NOT_PROVED",
                "The gateway accepts the token, but could not be asked whether it refuses a random one, so nothing is proved",
            ));
            Ok(None)
        }
        Verdict::Accepted => {
            cx.warn(Warning::new(
                "FUNCTION_IS_PUBLIC",
                "The gateway lets a random token in as well, so nothing is proved: is the function public?",
            ));
            Ok(None)
        }
    }
}

async fn ask(
    question: impl Future<Output = Result<Verdict, RequestError>>,
    patience: Patience,
) -> Result<Verdict, Error> {
    match tokio::time::timeout_at(patience.deadline, question).await {
        Err(_) => Err(patience.over("The gateway did not accept the token")),
        Ok(Err(error)) if error.code() == ErrorCode::NetworkError => Ok(Verdict::Unclear),
        Ok(answer) => Ok(answer?),
    }
}

fn not_live(message: String) -> Error {
    Error::new(ErrorCode::NotLive, message)
}

fn spinner(cx: &Context, message: String) -> Progress {
    if cx.output.shows_progress() { Progress::spinner(message) } else { Progress::hidden() }
}
