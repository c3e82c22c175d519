//! The gateway: it lets callers with a runtime token (header `X-Jelou-Token`) through to a
//! function.

use reqwest::header::HeaderName;

use super::address::{GatewayUrl, check_destination};
use super::call::{Answer, Call};
use super::request_error::RequestError;
use super::routes::Method;
use super::transport::{PROBE_AGENT, Request, Transport};
use super::wire::{Slug, TOKEN_HEADER};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{RuntimeToken, Secret};

pub(crate) const CHECK_THE_ADDRESS: &str = "check that `--gateway-url` names the gateway, not a proxy or a web page";

/// How one request with a token was answered. Alone it proves only a refusal: a web server that is
/// no gateway answers every token alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Any status that is none of the following: something behind the gateway answered, if there is
    /// a gateway.
    LetThrough,
    /// 401 with the gateway's own body.
    Refused,
    /// 404: there is no such function, or the token was accepted and the function has no MCP
    /// endpoint.
    NotFound,
    /// 429, 502, 503 or 504: the gateway did not get as far as the token.
    Unclear,
}

/// A client of one function behind the gateway.
#[derive(Clone)]
pub struct Gateway {
    transport: Transport,
    base: url::Url,
    allow_http: bool,
}

/// A user's own request that may be sent.
pub(crate) struct PreparedCall<'a> {
    gateway: &'a Gateway,
    url: url::Url,
    call: Call,
    token: &'a RuntimeToken,
}

impl PreparedCall<'_> {
    /// Sends it, once.
    ///
    /// # Errors
    /// `NETWORK_ERROR` if no answer came.
    pub(crate) async fn send(self) -> Result<Answer, Error> {
        self.gateway.transport.send_once(self.url, self.call, self.token.secret()).await
    }
}

impl Gateway {
    pub(crate) fn new(
        gateway: &GatewayUrl,
        slug: &Slug,
        allow_http: bool,
        transport: impl FnOnce(&url::Url) -> Result<Transport, Error>,
    ) -> Result<Self, Error> {
        let base = gateway.function(slug)?;
        check_destination(&base, allow_http, false)?;
        Ok(Self { transport: transport(&base)?, base, allow_http })
    }

    /// Asks with a token, without running the function's code: `GET /mcp` is
    /// answered by the platform's MCP endpoint. Never a POST, never `/`: those may run it.
    pub(crate) async fn probe(&self, token: &RuntimeToken) -> Result<Verdict, RequestError> {
        check_destination(&self.base, self.allow_http, token.is_sandbox())?;
        self.probe_with(token.secret()).await
    }

    /// Negative control: a random token. If it is not refused, nothing is proved.
    pub(crate) async fn control_probe(&self) -> Result<Verdict, RequestError> {
        self.probe_with(&Secret::new(format!("jfn_rt_{}", uuid::Uuid::new_v4().simple()))).await
    }

    /// Makes a user's own request ready.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the token must not go there, or the URL is too long.
    pub(crate) fn prepare<'a>(&'a self, token: &'a RuntimeToken, call: Call) -> Result<PreparedCall<'a>, Error> {
        check_destination(&self.base, self.allow_http, token.is_sandbox())?;
        Ok(PreparedCall { gateway: self, url: call.path.below(&self.base)?, call, token })
    }

    async fn probe_with(&self, value: &Secret) -> Result<Verdict, RequestError> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/mcp", self.base.path().trim_end_matches('/')));
        let credential = Some((HeaderName::from_static(TOKEN_HEADER), value));
        let agent = Some(PROBE_AGENT);
        let request =
            Request { method: Method::Get, url, credential, agent, body: None, key: None, wants_body: Some(401) };
        let response = self.transport.send(&request).await?;
        let status = response.status;
        Ok(match status {
            401 if response.error_body().error == "Unauthorized" => Verdict::Refused,
            404 => Verdict::NotFound,
            429 | 502..=504 => Verdict::Unclear,
            300..=399 => {
                let message = format!("The gateway answered with a redirect ({status}); none is followed");
                return Err(Error::new(ErrorCode::ApiError, message)
                    .answered_with(status, response.request_id)
                    .with_hint(CHECK_THE_ADDRESS)
                    .into());
            }
            _ => Verdict::LetThrough,
        })
    }
}
