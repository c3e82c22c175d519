//! What every sink does, and the set of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod azure;
mod command;
mod dotenv;
mod environment_file;
mod file;
mod kinds;
mod secrets;
mod sink_set;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::azure_variable::AzureVariable;
use super::{BoxFuture, NotUndone, SecretStore, SinkContext, SinkSet};
use crate::api::RequestError;
use crate::api::wire::{SecretName, Slug};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{RuntimeToken, Secret};
use crate::warning::Warning;

const VALUE: &str = "jfn_rt_A1b2C3d4E5f6G7h8.-_x";

/// What sinks find: environment variables, and the secrets of functions.
#[derive(Clone, Default)]
struct World {
    env: BTreeMap<String, String>,
    secrets: Rc<Secrets>,
}

impl World {
    /// With these variables, and the `PATH` of the test itself.
    fn new<const N: usize>(env: [(&str, &Path); N]) -> Self {
        let mut env: BTreeMap<_, _> =
            env.into_iter().map(|(name, value)| (name.to_owned(), value.to_str().unwrap().to_owned())).collect();
        env.entry("PATH".to_owned()).or_insert_with(|| std::env::var("PATH").unwrap());
        Self { env, secrets: Rc::default() }
    }

    fn context(&self) -> SinkContext {
        let env = self.env.clone();
        let secrets: Rc<dyn SecretStore> = self.secrets.clone();
        SinkContext { env: Rc::new(move |name| env.get(name).cloned()), azure_log: false, secrets }
    }

    fn sinks<const N: usize>(&self, specs: [&str; N]) -> SinkSet {
        SinkSet::parse(&specs.map(str::to_owned), false, &self.context()).unwrap()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn check(sinks: &mut SinkSet) -> Result<Vec<Warning>, Error> {
    run(sinks.check())
}

/// Delivers, and undoes what was written if that fails. The error says what could not be undone.
fn deliver(sinks: &mut SinkSet) -> Result<Vec<String>, Error> {
    run(sinks.deliver(&token(), async || ()))
        .map_err(|error| error.with_fields(&serde_json::json!({ "not_undone": undo(sinks) })))
}

fn undo(sinks: &mut SinkSet) -> Vec<NotUndone> {
    run(sinks.undo())
}

/// Checks and delivers, which must both work.
fn check_and_deliver(sinks: &mut SinkSet) -> Vec<String> {
    check(sinks).unwrap();
    deliver(sinks).unwrap()
}

/// Secrets of functions; each request can be made to fail once, before or after it is applied.
#[derive(Default)]
struct Secrets {
    stored: RefCell<BTreeMap<String, String>>,
    fail_put: Cell<Option<FailedPut>>,
    missing: Cell<bool>,
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
    fn has<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> BoxFuture<'a, Result<bool, RequestError>> {
        Box::pin(async move {
            if self.missing.get() {
                return Err(Error::new(ErrorCode::NotFound, format!("`{slug}` does not exist")).into());
            }
            Ok(self.stored.borrow().contains_key(&format!("{slug}/{key}")))
        })
    }

    fn put<'a>(
        &'a self,
        slug: &'a Slug,
        key: &'a SecretName,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), RequestError>> {
        Box::pin(async move {
            if self.fail_put.get().is_none_or(|failed| failed.applied) {
                self.stored.borrow_mut().insert(format!("{slug}/{key}"), value.expose().to_owned());
            }
            match self.fail_put.get() {
                Some(FailedPut { code, outcome_unknown, .. }) => {
                    let mut error = RequestError::from(Error::new(code, format!("refused: {}", value.expose())));
                    error.may_have_been_applied = outcome_unknown;
                    Err(error)
                }
                None => Ok(()),
            }
        })
    }

    fn delete<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> BoxFuture<'a, Result<(), RequestError>> {
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

fn sinks<const N: usize>(specs: [&str; N]) -> SinkSet {
    World::new([]).sinks(specs)
}

fn forced<const N: usize>(specs: [&str; N]) -> SinkSet {
    SinkSet::parse(&specs.map(str::to_owned), true, &World::new([]).context()).unwrap()
}

fn spec(kind: &str, path: &Path) -> String {
    format!("{kind}:{}", path.display())
}

/// A path in a new folder, with a file there if it has a content.
fn file(name: &str, content: Option<&str>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    if let Some(content) = content {
        std::fs::write(&path, content).unwrap();
    }
    (folder, path)
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

/// The message of a failed delivery, which is a `DELIVERY_ERROR` without the value.
#[track_caller]
fn failure(delivered: Result<Vec<String>, Error>) -> String {
    let error = delivered.unwrap_err();
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
