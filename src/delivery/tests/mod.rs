//! What every sink promises, and what a plan makes of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod azure;
mod command;
mod dotenv;
mod file;
mod github;
mod plan;
mod secrets;
mod specs;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Answer, NotUndone, Plan, SecretStore, Surroundings};
use crate::api::RequestError;
use crate::api::wire::{SecretName, Slug};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{RuntimeToken, Secret};
use crate::warning::Warning;

const VALUE: &str = "jfn_rt_A1b2C3d4E5f6G7h8.-_x";

/// A world for sinks: an environment, a platform's secrets, a standard error.
#[derive(Default)]
struct World {
    env: BTreeMap<String, String>,
    azure_log: bool,
    secrets: Secrets,
    stderr: Vec<u8>,
}

impl World {
    /// With these variables, and the `PATH` of the test itself.
    fn new<const N: usize>(env: [(&str, &Path); N]) -> Self {
        let mut env: BTreeMap<_, _> =
            env.into_iter().map(|(name, value)| (name.to_owned(), value.to_str().unwrap().to_owned())).collect();
        env.entry("PATH".to_owned()).or_insert_with(|| std::env::var("PATH").unwrap());
        Self { env, ..Self::default() }
    }

    fn check(&mut self, plan: &mut Plan) -> Result<Vec<Warning>, Error> {
        self.run(async |around| plan.check(around).await)
    }

    fn hand_over(&mut self, plan: &mut Plan) -> Result<Vec<String>, Error> {
        self.run(async |around| plan.hand_over(&token(), around).await)
    }

    fn undo(&mut self, plan: &mut Plan) -> Vec<NotUndone> {
        self.run(async |around| plan.undo(around).await)
    }

    /// Checks and hands over, which must both work.
    fn deliver(&mut self, plan: &mut Plan) -> Vec<String> {
        self.check(plan).unwrap();
        self.hand_over(plan).unwrap()
    }

    fn run<T>(&mut self, step: impl AsyncFnOnce(&mut Surroundings<'_>) -> T) -> T {
        let mut around = Surroundings {
            env: &|name| self.env.get(name).cloned(),
            azure_log: self.azure_log,
            secrets: &self.secrets,
            stderr: &mut self.stderr,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(step(&mut around))
    }
}

/// Secrets of functions; each request can be made to fail once, before or after it is applied.
#[derive(Default)]
struct Secrets {
    stored: RefCell<BTreeMap<String, String>>,
    fail_put: Option<FailedPut>,
    missing: bool,
}

/// How a request to set a secret fails.
#[derive(Clone, Copy, Debug)]
struct FailedPut {
    code: ErrorCode,
    /// What the error says.
    outcome_unknown: bool,
    /// What is true.
    applied: bool,
}

impl SecretStore for Secrets {
    fn has<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> Answer<'a, bool> {
        Box::pin(async move {
            if self.missing {
                return Err(Error::new(ErrorCode::NotFound, format!("`{slug}` does not exist")).into());
            }
            Ok(self.stored.borrow().contains_key(&format!("{slug}/{key}")))
        })
    }

    fn put<'a>(&'a self, slug: &'a Slug, key: &'a SecretName, value: &'a Secret) -> Answer<'a, ()> {
        Box::pin(async move {
            if self.fail_put.is_none_or(|failed| failed.applied) {
                self.stored.borrow_mut().insert(format!("{slug}/{key}"), value.expose().to_owned());
            }
            match self.fail_put {
                Some(FailedPut { code, outcome_unknown, .. }) => {
                    let mut error = RequestError::from(Error::new(code, format!("refused: {}", value.expose())));
                    error.may_have_been_applied = outcome_unknown;
                    Err(error)
                }
                None => Ok(()),
            }
        })
    }

    fn delete<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> Answer<'a, ()> {
        Box::pin(async move {
            match self.stored.borrow_mut().remove(&format!("{slug}/{key}")) {
                Some(_) => Ok(()),
                None => Err(Error::new(ErrorCode::NotFound, "no such secret").into()),
            }
        })
    }
}

fn token() -> RuntimeToken {
    RuntimeToken::issued(Secret::new(VALUE)).unwrap()
}

fn plan<const N: usize>(specs: [&str; N]) -> Plan {
    Plan::parse(&specs.map(str::to_owned), false).unwrap()
}

fn forced<const N: usize>(specs: [&str; N]) -> Plan {
    Plan::parse(&specs.map(str::to_owned), true).unwrap()
}

fn spec(kind: &str, path: &Path) -> String {
    format!("{kind}:{}", path.display())
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Every name in a folder: nothing temporary may stay behind.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The message of a failed check, which is an `INPUT_ERROR` without the value.
#[track_caller]
fn refusal(checked: Result<Vec<Warning>, Error>) -> String {
    let error = checked.unwrap_err();
    assert_eq!(error.code(), ErrorCode::InputError, "{error}");
    without_value(&error)
}

/// The message of a failed hand-over, which is a `DELIVERY_ERROR` without the value.
#[track_caller]
fn failure(handed_over: Result<Vec<String>, Error>) -> String {
    let error = handed_over.unwrap_err();
    assert_eq!(error.code(), ErrorCode::DeliveryError, "{error}");
    without_value(&error)
}

#[track_caller]
fn without_value(error: &Error) -> String {
    let all = format!("{error} {error:?} {:?} {:?}", error.hint(), error.details());
    assert!(!all.contains(VALUE), "the error repeats the value");
    error.message()
}

#[track_caller]
fn assert_contains(text: &str, part: &str) {
    assert!(text.contains(part), "`{part}` is missing in: {text}");
}
