//! The control plane: an endpoint is a method of a client that holds the credential. Each of them
//! sends one request (and its retries); a list fetches all its pages.

use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::address::ApiUrl;
use super::client::Client;
use super::idempotency::IdempotencyKey;
use super::pages::{Pages, TokenPages};
use super::question;
use super::request_error::RequestError;
use super::response::ReplyResult;
use super::routes::{Method, Route};
use super::transport::Transport;
use super::wire::{
    Artifact, CreateFunction, CreateToken, Deploy, Deployed, Deployment, Function, Id, Me, PutSecrets, RevokedToken,
    RotateToken, SecretDeleted, SecretKey, SecretName, SecretsPut, Slug, Token, UpdateToken, UpdatedToken,
};
use crate::secret::{ManagementToken, Secret};

/// Proof that the caller has registered how to undo a request that issues a token. A verb gets one
/// from the ledger or from the recovery log, so that it cannot send such a request without.
pub trait UndoIsRegistered {}

/// A client of the control plane.
#[derive(Clone)]
pub struct ControlPlane(Client);

impl ControlPlane {
    pub(crate) fn new(transport: Transport, base: ApiUrl, token: ManagementToken) -> Self {
        Self(Client { transport, base, token })
    }

    /// The control plane's time, as far as the `Date` of its responses has told it.
    pub(crate) fn server_time(&self) -> Timestamp {
        self.0.transport.server_time()
    }

    /// How many seconds that is ahead of ours; nothing if no response has told.
    pub(crate) fn clock_skew(&self) -> Option<i64> {
        self.0.transport.clock_skew()
    }

    pub(crate) async fn me(&self) -> ReplyResult<Me> {
        self.0.get(Route::Me, question::any).await
    }

    pub(crate) async fn functions(&self) -> ReplyResult<Vec<Function>> {
        self.function_pages().all().await
    }

    pub(crate) fn function_pages(&self) -> Pages<'_, Function> {
        Pages::new(&self.0, Route::Functions, question::any)
    }

    pub(crate) async fn function(&self, slug: &Slug) -> ReplyResult<Function> {
        self.0.get(Route::Function(slug.into()), question::function(slug)).await
    }

    pub(crate) async fn create_function(&self, body: &CreateFunction, key: &IdempotencyKey) -> ReplyResult<Function> {
        self.0.write(Method::Post, Route::Functions, body, Some(key), question::function(&body.slug)).await
    }

    /// False if an earlier attempt of this request deleted it.
    pub(crate) async fn delete_function(&self, slug: &Slug) -> ReplyResult<bool> {
        let response = self.0.send(Method::Delete, &Route::Function(slug.into())).await?;
        if response.is_deleted_without_body() {
            return Ok(response.with(response.status == 204));
        }
        response.reply(question::function(slug))?;
        Ok(response.with(true))
    }

    pub(crate) async fn tokens(&self, slug: &Slug) -> ReplyResult<Vec<Token>> {
        self.token_pages(slug).all().await
    }

    pub(crate) fn token_pages<'c>(&'c self, slug: &'c Slug) -> Pages<'c, Token> {
        Pages::new(&self.0, Route::Tokens(slug.into()), question::token_of(slug))
    }

    /// The same, for who looks at each token once.
    pub(crate) fn listed_tokens<'c>(&'c self, slug: &'c Slug) -> TokenPages<'c> {
        TokenPages::new(&self.0, slug)
    }

    pub(crate) async fn token(&self, slug: &Slug, id: &Id) -> ReplyResult<Token> {
        self.0.get(Route::Token(slug.into(), id.into()), question::token(slug, id)).await
    }

    /// `T` is what is read of the response: a token that was lost can be revoked even if the rest
    /// of the response cannot be used. So the caller holds it against the question.
    pub(crate) async fn create_token<T: DeserializeOwned>(
        &self,
        slug: &Slug,
        body: &CreateToken,
        key: &IdempotencyKey,
        _: &impl UndoIsRegistered,
    ) -> ReplyResult<T> {
        self.0.write(Method::Post, Route::Tokens(slug.into()), body, Some(key), question::any).await
    }

    /// `T` as in [`ControlPlane::create_token`].
    pub(crate) async fn rotate_token<T: DeserializeOwned>(
        &self,
        slug: &Slug,
        id: &Id,
        body: &RotateToken,
        key: &IdempotencyKey,
        _: &impl UndoIsRegistered,
    ) -> ReplyResult<T> {
        self.0.write(Method::Post, Route::RotateToken(slug.into(), id.into()), body, Some(key), question::any).await
    }

    pub(crate) async fn update_token(&self, slug: &Slug, id: &Id, body: &UpdateToken) -> ReplyResult<UpdatedToken> {
        let answers = question::updated(slug, id, body);
        self.0.write(Method::Patch, Route::Token(slug.into(), id.into()), body, None, answers).await
    }

    /// Nothing if the response has no body to say more: it was 204, or an earlier attempt of this
    /// request had already revoked the token.
    pub(crate) async fn revoke_token(&self, slug: &Slug, id: &Id) -> ReplyResult<Option<RevokedToken>> {
        self.0.delete(Route::Token(slug.into(), id.into()), question::revoked(slug, id)).await
    }

    pub(crate) async fn deploy(
        &self,
        slug: &Slug,
        body: &Deploy,
        key: &IdempotencyKey,
        _: &impl UndoIsRegistered,
    ) -> ReplyResult<Deployed<Secret>> {
        self.0.write(Method::Post, Route::Deployments(slug.into()), body, Some(key), question::deployed(slug)).await
    }

    pub(crate) async fn deployments(&self, slug: &Slug) -> ReplyResult<Vec<Deployment>> {
        self.deployment_pages(slug).all().await
    }

    pub(crate) fn deployment_pages<'c>(&'c self, slug: &'c Slug) -> Pages<'c, Deployment> {
        Pages::new(&self.0, Route::Deployments(slug.into()), question::deployment_of(slug))
    }

    /// The deployment, and how long the server asks to wait before the next look.
    pub(crate) async fn deployment(
        &self,
        slug: &Slug,
        id: &Id,
    ) -> Result<(Deployment, Option<Duration>), RequestError> {
        let response = self.0.send(Method::Get, &Route::Deployment(slug.into(), id.into())).await?;
        let reply = response.reply(question::deployment(slug, id))?;
        Ok((reply.value, response.retry_after))
    }

    /// The files of a deployment. The answer names neither it nor its function.
    pub(crate) async fn artifact(&self, slug: &Slug, id: &Id) -> ReplyResult<Artifact> {
        self.0.get(Route::Artifact(slug.into(), id.into()), question::any).await
    }

    /// The new deployment, which runs the code of `target`.
    pub(crate) async fn roll_back(&self, slug: &Slug, target: &Id, key: &IdempotencyKey) -> ReplyResult<Deployment> {
        let (route, body) = (Route::Rollback(slug.into(), target.into()), serde_json::json!({}));
        self.0.write(Method::Post, route, &body, Some(key), question::rolled_back(slug, target)).await
    }

    pub(crate) async fn secrets(&self, slug: &Slug) -> ReplyResult<Vec<SecretKey>> {
        self.secret_pages(slug).all().await
    }

    pub(crate) fn secret_pages<'c>(&'c self, slug: &'c Slug) -> Pages<'c, SecretKey> {
        Pages::new(&self.0, Route::Secrets(slug.into()), question::any)
    }

    #[allow(clippy::disallowed_methods, reason = "the value is the request")]
    pub(crate) async fn put_secrets(&self, slug: &Slug, secrets: &[(SecretName, Secret)]) -> ReplyResult<SecretsPut> {
        let answers = question::secrets_put(slug, secrets.iter().map(|(key, _)| key).collect());
        let secrets = secrets.iter().map(|(key, value)| (key.clone(), value.expose())).collect();
        self.0.write(Method::Put, Route::Secrets(slug.into()), &PutSecrets { secrets }, None, answers).await
    }

    /// Nothing under the same conditions as [`ControlPlane::revoke_token`].
    pub(crate) async fn delete_secret(&self, slug: &Slug, key: &SecretName) -> ReplyResult<Option<SecretDeleted>> {
        self.0.delete(Route::Secret(slug.into(), key.into()), question::secret_deleted(slug, key)).await
    }
}
