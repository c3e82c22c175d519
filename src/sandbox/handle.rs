//! A sandbox that runs, and the server that serves it.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

use super::builder::Builder;
use super::clock::Clock;
use super::faults::Fault;
use super::issued_value::IssuedValue;
use super::journal::Entry;
use super::platform::Platform;
use super::server;
use super::state::PageQuery;
use crate::api::wire::{self, Slug};

/// A sandbox that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Sandbox {
    platform: Arc<Platform>,
    port: u16,
    pat: IssuedValue,
    /// The values of the `default` tokens that it began with, by slug.
    defaults: BTreeMap<Slug, IssuedValue>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// The server of a sandbox, before it serves.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    platform: Arc<Platform>,
    stop: watch::Receiver<bool>,
}

impl Server {
    pub(super) fn new(listener: TcpListener, platform: Arc<Platform>, stop: watch::Receiver<bool>) -> Self {
        Self { listener, platform, stop }
    }

    /// Serves until the [`Sandbox`] is dropped.
    ///
    /// # Errors
    /// Fails if the listener cannot be registered with the runtime.
    pub async fn serve(self) -> std::io::Result<()> {
        server::serve(self.listener, self.platform, self.stop).await
    }
}

impl Sandbox {
    /// A sandbox to be made.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(
        platform: Arc<Platform>,
        port: u16,
        pat: IssuedValue,
        defaults: BTreeMap<Slug, IssuedValue>,
        stop: watch::Sender<bool>,
    ) -> Self {
        Self { platform, port, pat, defaults, stop, thread: None }
    }

    pub(super) fn on_own_thread(mut self, server: Server) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let serve = move || {
            // Its one error was ruled out when the listener was made non-blocking.
            _ = runtime.block_on(server.serve());
        };
        self.thread = Some(std::thread::Builder::new().name("sandbox".to_owned()).spawn(serve)?);
        Ok(self)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What goes into `JELOU_API_URL`.
    pub fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What goes into `JELOU_GATEWAY_URL`; functions answer at `/fn/SLUG` below it.
    pub fn gateway_url(&self) -> String {
        self.api_url()
    }

    /// A management token that allows everything.
    pub fn pat(&self) -> &str {
        self.pat.expose()
    }

    /// Issues a management token that allows `scopes` alone.
    pub fn mint_pat(&self, scopes: &[&str]) -> String {
        self.platform.lock().0.state.issue_management_token("sandbox", scopes).expose().to_owned()
    }

    /// The value of the `default` token of a function that the sandbox began with.
    pub fn default_token(&self, slug: &str) -> Option<String> {
        self.defaults.get(slug).map(|value| value.expose().to_owned())
    }

    /// The clock it goes by.
    pub fn clock(&self) -> &Clock {
        &self.platform.clock
    }

    /// Every request so far, the oldest first.
    pub fn journal(&self) -> Vec<Entry> {
        self.platform.lock().0.journal.entries()
    }

    /// What no correct client does, one line for each time it was done.
    pub fn violations(&self) -> Vec<String> {
        self.platform.lock().0.journal.violations()
    }

    /// The same, and forgets them: for a test that provokes them.
    pub fn take_violations(&self) -> Vec<String> {
        self.platform.lock().0.journal.take_violations()
    }

    /// Adds a fault behind those that are still to come.
    pub fn inject(&self, fault: Fault) {
        self.platform.lock().0.script.push(fault);
    }

    /// Forgets every fault that is still to come.
    pub fn clear_faults(&self) {
        self.platform.lock().0.script.clear();
    }

    /// The tokens of a function as they are kept, without a request; none if there is no such function.
    pub fn tokens(&self, slug: &str) -> Vec<wire::Token> {
        let (inner, now) = self.platform.lock();
        let mut tokens = Vec::new();
        let mut cursor = None;
        loop {
            let page = PageQuery::new(Some("1000"), cursor.as_deref());
            let Ok(page) = page.and_then(|page| inner.state.tokens(slug, &page, now)) else { return tokens };
            tokens.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return tokens;
            }
        }
    }

    /// The latest thousand deployments of a function, the newest first; none if there is no such function.
    pub fn deployments(&self, slug: &str) -> Vec<wire::Deployment> {
        let (inner, _) = self.platform.lock();
        let page = PageQuery::new(Some("1000"), None);
        page.and_then(|page| inner.state.deployments(slug, &page)).map_or_else(|_| Vec::new(), |page| page.items)
    }

    /// A function as it is, without a request.
    pub fn function(&self, slug: &str) -> Option<wire::Function> {
        self.platform.lock().0.state.show_function(slug).ok()
    }

    /// Whether a secret of a function holds exactly `value`.
    pub fn secret_is(&self, slug: &str, key: &str, value: &str) -> bool {
        self.platform.lock().0.state.secret_is(slug, key, value)
    }

    /// How often a function's cron triggers were started.
    pub fn invocations(&self, slug: &str) -> u64 {
        self.platform.lock().0.state.invocations(slug)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread was printed there; here it has no one to be handed to.
            _ = thread.join();
        }
    }
}
