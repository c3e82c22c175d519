//! Requests to the control plane with its credential, and their responses as types. Every response
//! is held against the question.

use bytes::Bytes;
use reqwest::header::AUTHORIZATION;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::address::ApiUrl;
use super::idempotency::IdempotencyKey;
use super::question::Answers;
use super::request_error::RequestError;
use super::response::{ReplyResult, Response};
use super::routes::{Method, Route};
use super::transport::{Request, Transport};
use super::wire::MAX_PAGE;
use crate::error::Error;
use crate::secret::ManagementToken;

/// The caller has checked that the credential may go to that address.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) transport: Transport,
    pub(super) base: ApiUrl,
    pub(super) token: ManagementToken,
}

impl Client {
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        route: Route<'_>,
        answers: impl FnOnce(&T) -> Answers,
    ) -> ReplyResult<T> {
        self.send(Method::Get, &route).await?.reply(answers)
    }

    /// One page of a list; the first one without a cursor.
    pub(super) async fn page(&self, route: &Route<'_>, cursor: Option<&str>) -> Result<Response, RequestError> {
        let mut url = self.base.join(&route.path());
        url.query_pairs_mut().append_pair("limit", &MAX_PAGE.to_string());
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        self.exchange(Method::Get, url, None, None).await
    }

    /// Sends a body and reads one. A POST has a key; PUT and PATCH are idempotent by themselves.
    pub(super) async fn write<T: DeserializeOwned>(
        &self,
        method: Method,
        route: Route<'_>,
        body: &impl Serialize,
        key: Option<&IdempotencyKey>,
        answers: impl FnOnce(&T) -> Answers,
    ) -> ReplyResult<T> {
        let body = serde_json::to_vec(body);
        let body = body.map_err(|cause| Error::unknown("The request could not be written", cause))?;
        self.exchange(method, self.base.join(&route.path()), Some(body.into()), key).await?.reply(answers)
    }

    /// Sends a DELETE; nothing comes back if the response has no body to say more.
    pub(super) async fn delete<T: DeserializeOwned>(
        &self,
        route: Route<'_>,
        answers: impl FnOnce(&T) -> Answers,
    ) -> ReplyResult<Option<T>> {
        let response = self.send(Method::Delete, &route).await?;
        if response.is_deleted_without_body() {
            return Ok(response.with(None));
        }
        let reply = response.reply(answers)?;
        Ok(response.with(Some(reply.value)))
    }

    pub(super) async fn send(&self, method: Method, route: &Route<'_>) -> Result<Response, RequestError> {
        self.exchange(method, self.base.join(&route.path()), None, None).await
    }

    async fn exchange(
        &self,
        method: Method,
        url: Url,
        body: Option<Bytes>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Response, RequestError> {
        let credential = Some((AUTHORIZATION, self.token.secret()));
        self.transport.send(&Request { method, url, credential, agent: None, body, key, wants_body: None }).await
    }
}
