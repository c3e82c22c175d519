//! The gateway: what callers of a function meet. Only runtime tokens go there, in the header `X-Jelou-Token`.

use reqwest::header::HeaderName;

use super::address::{GatewayUrl, check_destination};
use super::routes::Method;
use super::transport::{PROBE_AGENT, Request, Transport};
use super::wire::{Slug, TOKEN_HEADER};
use crate::error::Error;
use crate::secret::{RuntimeToken, Secret};

/// What the gateway says of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The request came past the gateway.
    Accepted,
    /// 401 with the gateway's own body.
    Refused,
    /// The gateway itself is in trouble (429, 502, 503, 504): neither.
    Unclear,
}

/// A client of one function behind the gateway.
#[derive(Clone)]
pub struct Gateway {
    transport: Transport,
    base: url::Url,
    allow_http: bool,
}

impl Gateway {
    /// A client of a function.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the gateway's URL and the slug make no URL, or one that no token may go to.
    pub fn new(
        gateway: &GatewayUrl,
        slug: &Slug,
        allow_http: bool,
        transport: impl FnOnce(&url::Url) -> Result<Transport, Error>,
    ) -> Result<Self, Error> {
        let base = gateway.function(slug)?;
        check_destination(&base, allow_http, false)?;
        Ok(Self { transport: transport(&base)?, base, allow_http })
    }

    /// Asks whether a token is accepted, without running the function's code: `GET /mcp` is answered by the platform's MCP
    /// endpoint, and never a POST, never `/`.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the token must not go there, `NETWORK_ERROR` if no answer came.
    pub async fn probe(&self, token: &RuntimeToken) -> Result<Verdict, Error> {
        check_destination(&self.base, self.allow_http, token.is_sandbox())?;
        self.ask(token.secret()).await
    }

    /// Asks with a value that is nobody's token: whoever accepts that accepts anything.
    ///
    /// # Errors
    /// `NETWORK_ERROR` if no answer came.
    pub async fn control_probe(&self) -> Result<Verdict, Error> {
        let nobody = Secret::new(format!("jfn_rt_{}", uuid::Uuid::new_v4().simple()));
        self.ask(&nobody).await
    }

    async fn ask(&self, value: &Secret) -> Result<Verdict, Error> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/mcp", self.base.path().trim_end_matches('/')));
        let credential = Some((HeaderName::from_static(TOKEN_HEADER), value));
        let agent = Some(PROBE_AGENT);
        let answer = self
            .transport
            .send(&Request { method: Method::Get, url, credential, agent, body: None, key: None })
            .await?;
        Ok(match answer.status {
            401 if answer.error_body().error == "Unauthorized" => Verdict::Refused,
            429 | 502..=504 => Verdict::Unclear,
            _ => Verdict::Accepted,
        })
    }
}
