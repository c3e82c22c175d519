//! Addresses of the two planes: what a URL may be, and whether a credential may go there.

use std::net::IpAddr;

use url::{Host, Url};

use super::wire::Slug;
use crate::error::Error;

pub(crate) const DEFAULT_API_URL: &str = "https://app.jelou.ai";
/// Vendor's docs: `https://my-function.fn.jelou.ai`.
pub(crate) const DEFAULT_GATEWAY_URL: &str = "https://{slug}.fn.jelou.ai";

/// Where the platform's API keys are made (vendor's docs, API keys).
pub(crate) const API_KEYS_PAGE: &str = "https://apps.jelou.ai/settings/api-keys";

/// The placeholder for the function in a gateway URL.
const SLUG: &str = "{slug}";

/// The base URL of a control plane: `http` or `https`, no user, no password, no query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiUrl(Url);

impl ApiUrl {
    /// `origin` says in errors where the text came from. A password in it is not repeated.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        parse(text, origin).map(Self)
    }

    /// The URL of a path below this base.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// Scheme, host and port. A stored credential is bound to them.
    pub(crate) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether this is the platform's own control plane.
    pub(crate) fn is_default(&self) -> bool {
        Url::parse(DEFAULT_API_URL).is_ok_and(|default| default.origin() == self.0.origin())
    }
}

/// The gateway of every function: a URL with `{slug}` in it, or one that gets `/fn/SLUG` appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayUrl(String);

impl GatewayUrl {
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        parse(&text.replace(SLUG, "slug"), origin)?;
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The base URL of a function.
    pub(crate) fn function(&self, slug: &Slug) -> Result<Url, Error> {
        let text =
            if self.0.contains(SLUG) { self.0.replace(SLUG, slug.as_str()) } else { format!("{}/fn/{slug}", self.0) };
        parse(&text, "The gateway URL")
    }
}

/// Whether an address is on this machine: 127/8, `::1`, `localhost`, `*.localhost` (RFC 6761,
/// section 6.3).
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

/// Checks that a credential may be sent to a URL: to this machine always, elsewhere no token of the
/// sandbox, and over plain HTTP none unless that is allowed.
pub(crate) fn check_destination(url: &Url, allow_http: bool, is_sandbox_token: bool) -> Result<(), Error> {
    let shown = url.origin().ascii_serialization();
    if is_loopback(url) {
        return Ok(());
    }
    if is_sandbox_token {
        return Err(Error::input(format!("A token of the sandbox is not sent to {shown}")).with_hint(
            "tokens that begin `jfn_rt_sbx_` or `jfn_pat_sbx_` are for `jelou sandbox` on this machine alone",
        ));
    }
    if url.scheme() == "http" && !allow_http {
        return Err(Error::input(format!("A token is not sent over plain HTTP to {shown}"))
            .with_hint("use `https://`, or `--allow-http` if you know the network between"));
    }
    Ok(())
}

fn parse(text: &str, origin: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|cause| {
        Error::input(format!("{origin} is not a URL: {cause}")).with_hint("write it like `https://app.jelou.ai`")
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::input(format!("{origin} has a user or a password in it"))
            .with_hint("take it out; no URL holds a credential"));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::input(format!("{origin} is neither `http` nor `https`")));
    }
    if url.host().is_none() {
        return Err(Error::input(format!("{origin} names no host")));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(
            Error::input(format!("{origin} has a query or a fragment in it")).with_hint("give the base URL alone")
        );
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_below_a_path() {
        for (base, joined) in [("https://a", "https://a/v1/me"), ("https://a/x/", "https://a/x/v1/me")] {
            let url = ApiUrl::parse(base, "it").expect(base);
            assert_eq!(url.join("/v1/me").as_str(), joined);
        }
    }

    #[test]
    fn knows_loopback() {
        for (text, loopback) in [
            ("http://127.0.0.1:8080", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:1", true),
            ("http://[::ffff:127.0.0.1]:1", true),
            ("http://[::ffff:10.0.0.1]:1", false),
            ("http://localhost", true),
            ("http://a.fn.localhost", true),
            ("http://localhost.example", false),
            ("http://notlocalhost", false),
            ("http://10.0.0.1", false),
            ("http://128.0.0.1", false),
            ("http://0.0.0.0", false),
            ("http://2130706433", true),
        ] {
            assert_eq!(is_loopback(&Url::parse(text).expect(text)), loopback, "{text}");
        }
    }

    #[test]
    fn gives_each_function_its_url() {
        for (template, url) in [
            ("https://{slug}.fn.jelou.ai", "https://my-fn.fn.jelou.ai/"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1/fn/my-fn"),
            ("http://127.0.0.1:1/", "http://127.0.0.1:1/fn/my-fn"),
            ("https://a/x/{slug}/y", "https://a/x/my-fn/y"),
        ] {
            let gateway = GatewayUrl::parse(template, "it").expect(template);
            assert_eq!(gateway.function(&"my-fn".parse().expect("a slug")).expect(template).as_str(), url);
        }
    }
}
