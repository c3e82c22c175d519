//! Which proxy a request goes through, as the environment says.
//!
//! curl, Go and Python agree on the names. Each is read in upper case, then in lower case; an empty
//! one is not set.

use url::Url;

use super::env::{self, Env};
use super::no_proxy::NoProxy;
use crate::api::address::is_loopback;
use crate::api::proxy::Proxy;
use crate::error::Error;

const HTTPS: [&str; 2] = [env::HTTPS_PROXY, "https_proxy"];
const HTTP: [&str; 2] = [env::HTTP_PROXY, "http_proxy"];
const ALL: [&str; 2] = [env::ALL_PROXY, "all_proxy"];
const NO: [&str; 2] = [env::NO_PROXY, "no_proxy"];

/// Which way requests to a URL go.
#[derive(Debug)]
pub(crate) enum Way {
    Through(Proxy),
    /// Loopback is always reached directly.
    ToThisMachine,
    /// Directly: this variable says so.
    Excepted(&'static str),
    /// Directly: no variable says otherwise.
    NoneNamed,
}

impl Way {
    pub(crate) fn proxy(self) -> Option<Proxy> {
        match self {
            Self::Through(proxy) => Some(proxy),
            Self::ToThisMachine | Self::Excepted(_) | Self::NoneNamed => None,
        }
    }
}

/// The way of requests to a URL.
///
/// # Errors
/// `INPUT_ERROR` that names the variable, if the proxy that would be used cannot be read: without
/// it the request would take another way than the one that was asked for.
pub(crate) fn way_to(environment: &Env, url: &Url) -> Result<Way, Error> {
    if is_loopback(url) {
        return Ok(Way::ToThisMachine);
    }
    let own = if url.scheme() == "https" { HTTPS } else { HTTP };
    let named = match read(environment, own)? {
        None => read(environment, ALL)?,
        own => own,
    };
    let Some((variable, text)) = named else { return Ok(Way::NoneNamed) };
    if let Some((excepting, hosts)) = read(environment, NO)?
        && NoProxy::parse(hosts, excepting).excepts(url)?
    {
        return Ok(Way::Excepted(excepting));
    }
    Proxy::parse(text, variable).map(Way::Through)
}

/// The first of the names that is set, and its value.
fn read<'e>(environment: &'e Env, names: [&'static str; 2]) -> Result<Option<(&'static str, &'e str)>, Error> {
    // A web server that runs this as CGI sets `HTTP_PROXY` from the header `Proxy` of its client
    // (httpoxy, CVE-2016-5385). curl never reads it; the name in lower case is safe.
    let of_a_stranger = |name: &str| name == env::HTTP_PROXY && environment.text(env::REQUEST_METHOD).is_some();
    for name in names.into_iter().filter(|name| !of_a_stranger(name)) {
        if let Some(text) = environment.utf8(name)? {
            return Ok(Some((name, text)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proxy for a URL, under these variables.
    fn proxy(url: &str, variables: &[(&str, &str)]) -> Option<String> {
        let environment: Env = variables.iter().copied().collect();
        let way = way_to(&environment, &Url::parse(url).expect(url)).expect(url);
        way.proxy().map(|proxy| proxy.to_string())
    }

    #[test]
    fn the_first_variable_that_is_set_counts() {
        let (https, http) = ("https://a.example", "http://a.example");
        for (url, variables, expected) in [
            (https, &[][..], None),
            (https, &[("HTTPS_PROXY", "x:1"), ("https_proxy", "y:1"), ("ALL_PROXY", "z:1")], Some("http://x:1")),
            (https, &[("HTTPS_PROXY", ""), ("https_proxy", "y:1"), ("ALL_PROXY", "z:1")], Some("http://y:1")),
            (https, &[("https_proxy", ""), ("all_proxy", "z:1")], Some("http://z:1")),
            (https, &[("HTTP_PROXY", "x:1"), ("http_proxy", "x:1")], None),
            (http, &[("HTTP_PROXY", "x:1"), ("HTTPS_PROXY", "y:1")], Some("http://x:1")),
            (http, &[("HTTPS_PROXY", "y:1")], None),
            (http, &[("HTTP_PROXY", "x:1"), ("REQUEST_METHOD", "GET")], None),
            (http, &[("HTTP_PROXY", "x:1"), ("http_proxy", "y:1"), ("REQUEST_METHOD", "GET")], Some("http://y:1")),
            (https, &[("HTTPS_PROXY", "x:1"), ("REQUEST_METHOD", "GET")], Some("http://x:1")),
            (https, &[("ALL_PROXY", "x:1"), ("NO_PROXY", ""), ("no_proxy", "a.example")], None),
            (https, &[("ALL_PROXY", "x:1"), ("NO_PROXY", "b.example"), ("no_proxy", "a.example")], Some("http://x:1")),
            ("https://127.0.0.1:1", &[("ALL_PROXY", "htp://x")], None),
            ("https://[::1]:1", &[("ALL_PROXY", "htp://x")], None),
            ("https://a.localhost", &[("ALL_PROXY", "htp://x")], None),
            (https, &[("HTTPS_PROXY", "htp://x"), ("NO_PROXY", ".example")], None),
        ] {
            assert_eq!(proxy(url, variables).as_deref(), expected, "{url} {variables:?}");
        }
    }

    #[test]
    fn a_name_in_lower_case_that_is_not_utf_8_is_not_taken_for_unset() {
        use std::os::unix::ffi::OsStringExt;
        let value = std::ffi::OsString::from_vec(b"http://\xff:1".to_vec());
        let environment: Env = [("https_proxy", value)].into_iter().collect();
        let error = way_to(&environment, &Url::parse("https://a.example").expect("a URL")).expect_err("no proxy");
        assert!(error.to_string().contains("`https_proxy`"), "{error}");
    }
}
