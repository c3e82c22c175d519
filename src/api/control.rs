//! The control plane: an endpoint is a method of a client that holds the credential.

use std::time::SystemTime;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::AUTHORIZATION;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::address::ApiUrl;
use super::answer::Answer;
use super::idempotency::IdempotencyKey;
use super::routes::{Method, Route};
use super::transport::{Request, Transport};
use super::wire::{
    CreateFunction, CreateToken, CreatedToken, Deploy, Deployed, Deployment, Function, Id, Identified, MAX_PAGE, Me,
    Page, PutSecrets, RevokedToken, RotateToken, RotatedToken, SecretDeleted, SecretKey, SecretName, SecretsPut, Slug,
    Token, UpdateToken, UpdatedToken,
};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{ManagementToken, Secret};

/// What a call gave, and what the answer said of itself.
#[derive(Debug)]
pub struct Reply<T> {
    /// The body.
    pub value: T,
    /// The server's id of the request.
    pub request_id: Option<String>,
    /// The server's clock when it answered.
    pub date: Option<SystemTime>,
    /// Whether the request was sent more than once.
    pub resent: bool,
}

/// More pages than any list has: ten million tokens, as they are asked for here.
const MAX_PAGES: u64 = 10_000;

/// The filters and the page size of a list request.
#[derive(Clone, Debug)]
pub struct PageQuery {
    /// The most items in a page.
    pub limit: usize,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// An earlier cursor, and how many pages may follow it before a later one takes its place (Brent's algorithm: a circle
    /// of any length is noticed, in constant memory).
    landmark: Option<String>,
    pages: u64,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self { limit: MAX_PAGE, cursor: None, landmark: None, pages: 0 }
    }
}

/// A client of the control plane.
#[derive(Clone)]
pub struct ControlPlane {
    transport: Transport,
    base: ApiUrl,
    token: ManagementToken,
}

impl ControlPlane {
    /// A client with a credential. The caller has checked that the credential may go to that address.
    pub fn new(transport: Transport, base: ApiUrl, token: ManagementToken) -> Self {
        Self { transport, base, token }
    }

    /// The time on the control plane's clock, as far as its answers have told it.
    pub fn server_time(&self) -> Timestamp {
        self.transport.server_time()
    }

    /// `GET /me`.
    pub async fn me(&self) -> Result<Reply<Me>, Error> {
        self.call(Method::Get, &Route::Me, None::<&()>, None).await
    }

    /// `GET /functions`, all pages.
    pub async fn functions(&self) -> Result<Reply<Vec<Function>>, Error> {
        self.all(&Route::Functions).await
    }

    /// `GET /functions/{slug}`.
    pub async fn function(&self, slug: &Slug) -> Result<Reply<Function>, Error> {
        self.call(Method::Get, &Route::Function(slug.as_str().into()), None::<&()>, None).await
    }

    /// `POST /functions`.
    pub async fn create_function(&self, body: &CreateFunction, key: &IdempotencyKey) -> Result<Reply<Function>, Error> {
        self.call(Method::Post, &Route::Functions, Some(body), Some(key)).await
    }

    /// `DELETE /functions/{slug}`; whether it was still there.
    pub async fn delete_function(&self, slug: &Slug) -> Result<Reply<bool>, Error> {
        let answer = self.send(Method::Delete, &Route::Function(slug.as_str().into()), None, None).await?;
        if gone_by_our_doing(&answer) {
            return Ok(reply(false, &answer));
        }
        answer.parse::<Function>().map(|_| reply(true, &answer))
    }

    /// `GET /functions/{slug}/tokens`, all pages.
    pub async fn tokens(&self, slug: &Slug) -> Result<Reply<Vec<Token>>, Error> {
        self.all(&Route::Tokens(slug.as_str().into())).await
    }

    /// `GET /functions/{slug}/tokens`, one page.
    pub async fn token_page(&self, slug: &Slug, query: &PageQuery) -> Result<Reply<Page<Token>>, Error> {
        self.page(&Route::Tokens(slug.as_str().into()), query).await
    }

    /// `GET /functions/{slug}/tokens/{id}`.
    pub async fn token(&self, slug: &Slug, id: &Id) -> Result<Reply<Token>, Error> {
        self.call(Method::Get, &Route::Token(slug.as_str().into(), id.as_str().into()), None::<&()>, None).await
    }

    /// `POST /functions/{slug}/tokens`.
    pub async fn create_token(
        &self,
        slug: &Slug,
        body: &CreateToken,
        key: &IdempotencyKey,
    ) -> Result<Reply<CreatedToken<Secret>>, Error> {
        self.call(Method::Post, &Route::Tokens(slug.as_str().into()), Some(body), Some(key)).await
    }

    /// `POST /functions/{slug}/tokens/{id}/rotate`.
    pub async fn rotate_token(
        &self,
        slug: &Slug,
        id: &Id,
        body: &RotateToken,
        key: &IdempotencyKey,
    ) -> Result<Reply<RotatedToken<Secret>>, Error> {
        self.call(Method::Post, &Route::RotateToken(slug.as_str().into(), id.as_str().into()), Some(body), Some(key))
            .await
    }

    /// [`ControlPlane::create_token`] once more, reading nothing of the answer but which token it was.
    pub async fn identify_created(&self, slug: &Slug, body: &CreateToken, key: &IdempotencyKey) -> Result<Id, Error> {
        let route = Route::Tokens(slug.as_str().into());
        let reply: Reply<Identified> = self.call(Method::Post, &route, Some(body), Some(key)).await?;
        Ok(reply.value.id)
    }

    /// [`ControlPlane::rotate_token`] once more, reading nothing of the answer but which token it was.
    pub async fn identify_rotated(
        &self,
        slug: &Slug,
        id: &Id,
        body: &RotateToken,
        key: &IdempotencyKey,
    ) -> Result<Id, Error> {
        let route = Route::RotateToken(slug.as_str().into(), id.as_str().into());
        let reply: Reply<Identified> = self.call(Method::Post, &route, Some(body), Some(key)).await?;
        Ok(reply.value.id)
    }

    /// `PATCH /functions/{slug}/tokens/{id}`.
    pub async fn update_token(&self, slug: &Slug, id: &Id, body: &UpdateToken) -> Result<Reply<UpdatedToken>, Error> {
        self.call(Method::Patch, &Route::Token(slug.as_str().into(), id.as_str().into()), Some(body), None).await
    }

    /// `DELETE /functions/{slug}/tokens/{id}`; nothing if a lost first attempt had already done it.
    pub async fn revoke_token(&self, slug: &Slug, id: &Id) -> Result<Reply<Option<RevokedToken>>, Error> {
        let done = |revoked: &RevokedToken| revoked.revoked && revoked.id == *id;
        self.remove(&Route::Token(slug.as_str().into(), id.as_str().into()), done).await
    }

    /// `POST /functions/{slug}/deployments`.
    pub async fn deploy(
        &self,
        slug: &Slug,
        body: &Deploy,
        key: &IdempotencyKey,
    ) -> Result<Reply<Deployed<Secret>>, Error> {
        self.call(Method::Post, &Route::Deployments(slug.as_str().into()), Some(body), Some(key)).await
    }

    /// `GET /functions/{slug}/deployments`, all pages.
    pub async fn deployments(&self, slug: &Slug) -> Result<Reply<Vec<Deployment>>, Error> {
        self.all(&Route::Deployments(slug.as_str().into())).await
    }

    /// `GET /functions/{slug}/deployments/{id}`, and how long the server asks to wait before the next look.
    pub async fn deployment(&self, slug: &Slug, id: &Id) -> Result<(Deployment, Option<std::time::Duration>), Error> {
        let answer =
            self.send(Method::Get, &Route::Deployment(slug.as_str().into(), id.as_str().into()), None, None).await?;
        Ok((answer.parse()?, answer.retry_after))
    }

    /// `GET /functions/{slug}/secrets`, all pages.
    pub async fn secrets(&self, slug: &Slug) -> Result<Reply<Vec<SecretKey>>, Error> {
        self.all(&Route::Secrets(slug.as_str().into())).await
    }

    /// `PUT /functions/{slug}/secrets`.
    #[allow(clippy::disallowed_methods, reason = "secrets are sent in the body")]
    pub async fn put_secrets(&self, slug: &Slug, secrets: &[(SecretName, Secret)]) -> Result<Reply<SecretsPut>, Error> {
        let secrets = secrets.iter().map(|(key, value)| (key.clone(), value.expose())).collect();
        self.call(Method::Put, &Route::Secrets(slug.as_str().into()), Some(&PutSecrets { secrets }), None).await
    }

    /// `DELETE /functions/{slug}/secrets/{key}`; nothing if a lost first attempt had already done it.
    pub async fn delete_secret(&self, slug: &Slug, key: &SecretName) -> Result<Reply<Option<SecretDeleted>>, Error> {
        let done = |deleted: &SecretDeleted| deleted.deleted && deleted.key == *key;
        self.remove(&Route::Secret(slug.as_str().into(), key.as_str().into()), done).await
    }

    async fn remove<T: DeserializeOwned>(
        &self,
        route: &Route<'_>,
        is_done: impl FnOnce(&T) -> bool,
    ) -> Result<Reply<Option<T>>, Error> {
        let answer = self.send(Method::Delete, route, None, None).await?;
        if gone_by_our_doing(&answer) {
            return Ok(reply(None, &answer));
        }
        let value: T = answer.parse()?;
        if !is_done(&value) {
            return Err(Error::new(ErrorCode::ApiError, "The server's answer does not say that it is gone")
                .with_http_status(answer.status)
                .with_request_id(answer.request_id.clone())
                .outcome_unknown(true));
        }
        Ok(reply(Some(value), &answer))
    }

    async fn all<T: DeserializeOwned>(&self, route: &Route<'_>) -> Result<Reply<Vec<T>>, Error> {
        let mut query = PageQuery::default();
        let mut items = Vec::new();
        loop {
            let page = self.page::<T>(route, &query).await?;
            items.extend(page.value.items);
            match page.value.next_cursor {
                None => {
                    return Ok(Reply {
                        value: items,
                        request_id: page.request_id,
                        date: page.date,
                        resent: page.resent,
                    });
                }
                Some(cursor) => query.advance(cursor)?,
            }
        }
    }

    async fn page<T: DeserializeOwned>(&self, route: &Route<'_>, query: &PageQuery) -> Result<Reply<Page<T>>, Error> {
        let mut url = self.base.join(&route.path());
        url.query_pairs_mut().append_pair("limit", &query.limit.to_string());
        if let Some(cursor) = &query.cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        let answer = self.exchange(Method::Get, url, None, None).await?;
        answer.parse().map(|value| reply(value, &answer))
    }

    async fn call<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        route: &Route<'_>,
        body: Option<&B>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Reply<T>, Error> {
        let body = body.map(serde_json::to_vec).transpose();
        let body = body.map_err(|cause| Error::unknown("The request could not be written", cause))?;
        let answer = self.send(method, route, body.map(Bytes::from), key).await?;
        answer.parse().map(|value| reply(value, &answer))
    }

    async fn send(
        &self,
        method: Method,
        route: &Route<'_>,
        body: Option<Bytes>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Answer, Error> {
        self.exchange(method, self.base.join(&route.path()), body, key).await
    }

    async fn exchange(
        &self,
        method: Method,
        url: url::Url,
        body: Option<Bytes>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Answer, Error> {
        let credential = Some((AUTHORIZATION, self.token.secret()));
        self.transport.send(&Request { method, url, credential, agent: None, body, key }).await
    }
}

impl PageQuery {
    /// Moves on to the next page.
    ///
    /// # Errors
    /// `API_ERROR` if the server points back at a page it gave before, which would never end.
    pub fn advance(&mut self, cursor: String) -> Result<(), Error> {
        if cursor.is_empty() || self.landmark.as_ref() == Some(&cursor) {
            return Err(Error::new(
                ErrorCode::ApiError,
                "The server's list never ends: a page names an earlier one as the next",
            ));
        }
        self.pages += 1;
        if self.pages >= MAX_PAGES {
            return Err(Error::new(ErrorCode::ApiError, format!("The server's list has more than {MAX_PAGES} pages")));
        }
        if self.pages.is_power_of_two() {
            self.landmark = Some(cursor.clone());
        }
        self.cursor = Some(cursor);
        Ok(())
    }
}

/// A DELETE that finds nothing has done its work before, if an earlier try may have been applied: its answer was lost, or
/// a 5xx. After a mere 429 it has not.
fn gone_by_our_doing(answer: &Answer) -> bool {
    answer.status == 404 && answer.applied_before
}

fn reply<T>(value: T, answer: &Answer) -> Reply<T> {
    Reply { value, request_id: answer.request_id.clone(), date: answer.date, resent: answer.resent > 0 }
}
