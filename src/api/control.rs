//! The control plane: an endpoint is a method of a client that holds the credential.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::AUTHORIZATION;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::address::ApiUrl;
use super::idempotency::IdempotencyKey;
use super::pages::Pages;
use super::request_error::RequestError;
use super::response::Response;
use super::routes::{Method, Route};
use super::transport::{Request, Transport};
use super::wire::{
    CreateFunction, CreateToken, Deploy, Deployed, Deployment, Function, Id, MAX_PAGE, Me, Page, PutSecrets,
    RevokedToken, RotateToken, SecretDeleted, SecretKey, SecretName, SecretsPut, Slug, Token, UpdateToken,
    UpdatedToken,
};
use crate::error::Error;
use crate::secret::{ManagementToken, Secret};

/// What was asked for, with the header `X-Request-Id` of the response.
#[derive(Debug)]
pub struct Reply<T> {
    pub(crate) value: T,
    pub(crate) request_id: Option<String>,
}

/// Proof that the caller has registered how to undo a request that issues a token. A verb gets one from the ledger or
/// from the recovery log, so that it cannot send such a request without.
pub(crate) trait UndoIsRegistered {}

/// A client of the control plane.
#[derive(Clone)]
pub struct ControlPlane {
    transport: Transport,
    base: ApiUrl,
    token: ManagementToken,
}

impl ControlPlane {
    /// A client with a credential. The caller has checked that the credential may go to that address.
    pub(crate) fn new(transport: Transport, base: ApiUrl, token: ManagementToken) -> Self {
        Self { transport, base, token }
    }

    /// The control plane's time, as far as the `Date` of its responses has told it.
    pub(crate) fn server_time(&self) -> Timestamp {
        self.transport.server_time()
    }

    /// `GET /me`.
    pub(crate) async fn me(&self) -> Result<Reply<Me>, RequestError> {
        self.call(Method::Get, &Route::Me, None::<&()>, None).await
    }

    /// `GET /functions`, all pages.
    pub(crate) async fn functions(&self) -> Result<Reply<Vec<Function>>, RequestError> {
        Pages::new(self, Route::Functions).all().await
    }

    /// `GET /functions/{slug}`.
    pub(crate) async fn function(&self, slug: &Slug) -> Result<Reply<Function>, RequestError> {
        self.call(Method::Get, &Route::Function(slug.as_str().into()), None::<&()>, None).await
    }

    /// `POST /functions`.
    pub(crate) async fn create_function(
        &self,
        body: &CreateFunction,
        key: &IdempotencyKey,
    ) -> Result<Reply<Function>, RequestError> {
        self.call(Method::Post, &Route::Functions, Some(body), Some(key)).await
    }

    /// `DELETE /functions/{slug}`; false if an earlier attempt of this request deleted it.
    pub(crate) async fn delete_function(&self, slug: &Slug) -> Result<Reply<bool>, RequestError> {
        let response = self.send(Method::Delete, &Route::Function(slug.as_str().into()), None, None).await?;
        if response.is_deleted_without_body() {
            return Ok(reply(response.status == 204, &response));
        }
        response.parse::<Function>().map(|_| reply(true, &response))
    }

    /// `GET /functions/{slug}/tokens`, all pages.
    pub(crate) async fn tokens(&self, slug: &Slug) -> Result<Reply<Vec<Token>>, RequestError> {
        self.token_pages(slug).all().await
    }

    /// `GET /functions/{slug}/tokens`, page by page.
    pub(crate) fn token_pages(&self, slug: &Slug) -> Pages<'_, Token> {
        Pages::new(self, Route::Tokens(slug.to_string().into()))
    }

    /// `GET /functions/{slug}/tokens/{id}`.
    pub(crate) async fn token(&self, slug: &Slug, id: &Id) -> Result<Reply<Token>, RequestError> {
        self.call(Method::Get, &Route::Token(slug.as_str().into(), id.as_str().into()), None::<&()>, None).await
    }

    /// `POST /functions/{slug}/tokens`. `T` is what is read of the response: a token that was lost can be revoked
    /// even if the rest of the response cannot be used.
    pub(crate) async fn create_token<T: DeserializeOwned>(
        &self,
        slug: &Slug,
        body: &CreateToken,
        key: &IdempotencyKey,
        _: &impl UndoIsRegistered,
    ) -> Result<Reply<T>, RequestError> {
        self.call(Method::Post, &Route::Tokens(slug.as_str().into()), Some(body), Some(key)).await
    }

    /// `POST /functions/{slug}/tokens/{id}/rotate`; `T` as in [`ControlPlane::create_token`].
    pub(crate) async fn rotate_token<T: DeserializeOwned>(
        &self,
        slug: &Slug,
        id: &Id,
        body: &RotateToken,
        key: &IdempotencyKey,
        _: &impl UndoIsRegistered,
    ) -> Result<Reply<T>, RequestError> {
        let route = Route::RotateToken(slug.as_str().into(), id.as_str().into());
        self.call(Method::Post, &route, Some(body), Some(key)).await
    }

    /// `PATCH /functions/{slug}/tokens/{id}`.
    pub(crate) async fn update_token(
        &self,
        slug: &Slug,
        id: &Id,
        body: &UpdateToken,
    ) -> Result<Reply<UpdatedToken>, RequestError> {
        self.call(Method::Patch, &Route::Token(slug.as_str().into(), id.as_str().into()), Some(body), None).await
    }

    /// `DELETE /functions/{slug}/tokens/{id}`; nothing if the response has no body to say more: it was 204,
    /// or an earlier attempt of this request had already revoked the token.
    pub(crate) async fn revoke_token(&self, slug: &Slug, id: &Id) -> Result<Reply<Option<RevokedToken>>, RequestError> {
        let done = |revoked: &RevokedToken| revoked.revoked && revoked.id == *id;
        self.remove(&Route::Token(slug.as_str().into(), id.as_str().into()), done).await
    }

    /// `POST /functions/{slug}/deployments`.
    pub(crate) async fn deploy(
        &self,
        slug: &Slug,
        body: &Deploy,
        key: &IdempotencyKey,
        _: &impl UndoIsRegistered,
    ) -> Result<Reply<Deployed<Secret>>, RequestError> {
        self.call(Method::Post, &Route::Deployments(slug.as_str().into()), Some(body), Some(key)).await
    }

    /// `GET /functions/{slug}/deployments`, all pages.
    pub(crate) async fn deployments(&self, slug: &Slug) -> Result<Reply<Vec<Deployment>>, RequestError> {
        Pages::new(self, Route::Deployments(slug.to_string().into())).all().await
    }

    /// `GET /functions/{slug}/deployments/{id}`, and how long the server asks to wait before the next.
    pub(crate) async fn deployment(
        &self,
        slug: &Slug,
        id: &Id,
    ) -> Result<(Deployment, Option<Duration>), RequestError> {
        let route = Route::Deployment(slug.as_str().into(), id.as_str().into());
        let response = self.send(Method::Get, &route, None, None).await?;
        Ok((response.parse()?, response.retry_after))
    }

    /// `GET /functions/{slug}/secrets`, all pages.
    pub(crate) async fn secrets(&self, slug: &Slug) -> Result<Reply<Vec<SecretKey>>, RequestError> {
        Pages::new(self, Route::Secrets(slug.to_string().into())).all().await
    }

    /// `PUT /functions/{slug}/secrets`.
    #[allow(clippy::disallowed_methods, reason = "the value is the request")]
    pub(crate) async fn put_secrets(
        &self,
        slug: &Slug,
        secrets: &[(SecretName, Secret)],
    ) -> Result<Reply<SecretsPut>, RequestError> {
        let secrets = secrets.iter().map(|(key, value)| (key.clone(), value.expose())).collect();
        self.call(Method::Put, &Route::Secrets(slug.as_str().into()), Some(&PutSecrets { secrets }), None).await
    }

    /// `DELETE /functions/{slug}/secrets/{key}`; nothing under the same conditions as
    /// [`ControlPlane::revoke_token`].
    pub(crate) async fn delete_secret(
        &self,
        slug: &Slug,
        key: &SecretName,
    ) -> Result<Reply<Option<SecretDeleted>>, RequestError> {
        let done = |deleted: &SecretDeleted| deleted.deleted && deleted.key == *key;
        self.remove(&Route::Secret(slug.as_str().into(), key.as_str().into()), done).await
    }

    async fn remove<T: DeserializeOwned>(
        &self,
        route: &Route<'_>,
        is_done: impl FnOnce(&T) -> bool,
    ) -> Result<Reply<Option<T>>, RequestError> {
        let response = self.send(Method::Delete, route, None, None).await?;
        if response.is_deleted_without_body() {
            return Ok(reply(None, &response));
        }
        let value: T = response.parse()?;
        if !is_done(&value) {
            return Err(response.unusable("The server's answer does not say that it is gone"));
        }
        Ok(reply(Some(value), &response))
    }

    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        route: &Route<'_>,
        cursor: Option<&str>,
    ) -> Result<Reply<Page<T>>, RequestError> {
        let mut url = self.base.join(&route.path());
        url.query_pairs_mut().append_pair("limit", &MAX_PAGE.to_string());
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        let response = self.exchange(Method::Get, url, None, None).await?;
        response.parse().map(|value| reply(value, &response))
    }

    async fn call<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        route: &Route<'_>,
        body: Option<&B>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Reply<T>, RequestError> {
        let body = body.map(serde_json::to_vec).transpose();
        let body = body.map_err(|cause| Error::unknown("The request could not be written", cause))?;
        let response = self.send(method, route, body.map(Bytes::from), key).await?;
        response.parse().map(|value| reply(value, &response))
    }

    async fn send(
        &self,
        method: Method,
        route: &Route<'_>,
        body: Option<Bytes>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Response, RequestError> {
        self.exchange(method, self.base.join(&route.path()), body, key).await
    }

    async fn exchange(
        &self,
        method: Method,
        url: Url,
        body: Option<Bytes>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Response, RequestError> {
        let credential = Some((AUTHORIZATION, self.token.secret()));
        self.transport.send(&Request { method, url, credential, agent: None, body, key }).await
    }
}

fn reply<T>(value: T, response: &Response) -> Reply<T> {
    Reply { value, request_id: response.request_id.clone() }
}
