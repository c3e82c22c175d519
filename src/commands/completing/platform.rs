//! What the platform has, for somebody who is typing: within a second, without retries, without a
//! prompt, and only with a credential.

use std::cell::RefCell;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cache;
use crate::api::wire::{Deployment, Function, SecretKey, Slug, Token, TokenStatus};
use crate::api::{ControlPlane, Pages, RequestError};
use crate::commands::Context;

/// A person waits for a key to take effect; a longer wait makes them press it again.
pub(crate) const LIMIT: Duration = Duration::from_millis(900);

/// What is listed.
#[derive(Clone, Debug)]
pub(super) enum List {
    Functions,
    Tokens(Slug),
    Deployments(Slug),
    Keys(Slug),
}

/// What is offered of an item of a list. There is no value in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) name: String,
    /// If it has one beside the name.
    pub(super) id: Option<String>,
    /// What a person tells it by.
    pub(super) note: String,
    /// Whether it is accepted; of tokens alone.
    pub(super) is_active: bool,
}

impl List {
    /// Names the list in the cache.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Functions => "functions".to_owned(),
            Self::Tokens(slug) => format!("tokens of {slug}"),
            Self::Deployments(slug) => format!("deployments of {slug}"),
            Self::Keys(slug) => format!("keys of {slug}"),
        }
    }
}

/// A list from the cache or from the platform; empty if it is not to be had, and as long as could be
/// read in time. `typed` may be the begin of something that is newer than the cache.
pub(super) async fn list(cx: Option<&Context>, list: List, typed: &str) -> Vec<Item> {
    let Some(cx) = cx else { return Vec::new() };
    let Ok((identity, control)) = cx.identity().and_then(|identity| Ok((identity, cx.control()?))) else {
        return Vec::new();
    };
    let cache = cx.state_folder().map(|folder| cache::Cache::of(&folder, identity, &list));
    let fits = |item: &Item| item.name.starts_with(typed) || item.id.as_ref().is_some_and(|id| id.starts_with(typed));
    let kept = cache.as_ref().and_then(cache::Cache::fresh);
    if let Some(items) = kept.filter(|items| typed.is_empty() || items.iter().any(fits)) {
        return items;
    }
    let found = RefCell::new(Vec::new());
    let complete = matches!(tokio::time::timeout(LIMIT, ask(&control, &list, &found)).await, Ok(Ok(())));
    let found = found.into_inner();
    if let Some(cache) = cache.filter(|_| complete) {
        cache.store(&found);
    }
    found
}

async fn ask(control: &ControlPlane, list: &List, found: &RefCell<Vec<Item>>) -> Result<(), RequestError> {
    match list {
        List::Functions => collect(control.function_pages(), found, of_function).await,
        List::Tokens(slug) => collect(control.token_pages(slug), found, of_token).await,
        List::Deployments(slug) => collect(control.deployment_pages(slug), found, of_deployment).await,
        List::Keys(slug) => collect(control.secret_pages(slug), found, of_key).await,
    }
}

async fn collect<T: DeserializeOwned>(
    mut pages: Pages<'_, T>,
    found: &RefCell<Vec<Item>>,
    item: fn(&T) -> Item,
) -> Result<(), RequestError> {
    while let Some(page) = pages.next().await? {
        found.borrow_mut().extend(page.value.iter().map(item));
    }
    Ok(())
}

fn of_function(function: &Function) -> Item {
    let note = if function.name == function.slug.as_str() {
        function.status.as_str().to_owned()
    } else {
        function.name.clone()
    };
    Item { name: function.slug.to_string(), id: None, note, is_active: false }
}

fn of_token(token: &Token) -> Item {
    let replaced = if token.replaced_by.is_some() { ", replaced" } else { "" };
    Item {
        note: format!("{}.., {}{replaced}", token.prefix, token.status.as_str()),
        is_active: token.status == TokenStatus::Active,
        name: token.name.clone(),
        id: Some(token.id.to_string()),
    }
}

fn of_deployment(deployment: &Deployment) -> Item {
    let note = format!("{}, {}", deployment.status.as_str(), deployment.created_at);
    Item { name: deployment.id.to_string(), id: None, note, is_active: false }
}

fn of_key(key: &SecretKey) -> Item {
    Item { name: key.key.to_string(), id: None, note: format!("set {}", key.updated_at), is_active: false }
}
