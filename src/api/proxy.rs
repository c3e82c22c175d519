//! A proxy, as a variable of the environment names it.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::error::Error;

/// The schemes that can be written, what is spoken then, and the usual port. Desktops write
/// `socks://` for a proxy whose version they do not know; version 5 is the usual one.
const SCHEMES: &[(&str, &str, u16)] = &[
    ("http", "http", 80),
    ("https", "https", 443),
    ("socks", "socks5h", 1080),
    ("socks4", "socks4", 1080),
    ("socks4a", "socks4a", 1080),
    ("socks5", "socks5", 1080),
    ("socks5h", "socks5h", 1080),
];

const FORM: &str = "write it like `http://proxy.example:3128`, or `socks5h://proxy.example:1080`";
const ENCODE: &str = "percent-encode the user and the password: `%40` for `@`, `%23` for `#`, `%2F` for `/`, `%3A` for `:`, `%25` for `%`";

/// A proxy with its credential. It is shown as scheme, host and port.
#[derive(Clone)]
pub(crate) struct Proxy {
    scheme: &'static str,
    host: String,
    port: u16,
    /// `USER:PASSWORD@`, percent-encoded, or nothing.
    credential: String,
    variable: &'static str,
}

impl Proxy {
    /// Reads the value of a variable. `HOST:PORT` counts as `http://HOST:PORT`.
    ///
    /// # Errors
    /// `INPUT_ERROR` that names the variable. Nothing of the value is repeated behind the scheme:
    /// it may be a part of the password.
    pub(crate) fn parse(text: &str, variable: &'static str) -> Result<Self, Error> {
        let refused = |why: &str, hint: &str| Error::input(format!("`{variable}` {why}")).with_hint(hint);
        // As in the other settings that are URLs: blanks around one are not part of it.
        let text = text.trim();
        if text.starts_with(['"', '\'']) || text.ends_with(['"', '\'']) {
            return Err(refused("is in quotes", "take them out: `docker --env-file` and its like do not"));
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(refused("has a blank in it", FORM));
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let known = SCHEMES.iter().find(|(written, ..)| written.eq_ignore_ascii_case(scheme));
        let Some(&(_, scheme, usual_port)) = known else {
            return Err(refused("is no `http`, `https` or `socks` URL", FORM));
        };
        let (authority, behind) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
        if behind.contains('@') || authority.matches('@').count() > 1 {
            return Err(refused("cannot be read: its password has a character that ends it", ENCODE));
        }
        if !matches!(behind, "" | "/") {
            return Err(refused("has a path behind the host", FORM));
        }
        let no_host = || refused("names no host and port", FORM);
        if authority.ends_with(':') {
            return Err(no_host());
        }
        // The rules for hosts are those of `http`, whatever is spoken; the port is read apart since
        // that of `http` would be dropped.
        let url = Url::parse(&format!("http://{authority}/")).map_err(|_| no_host())?;
        let of_socks = Url::parse(&format!("socks5://{authority}/")).map_err(|_| no_host())?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
        if host.is_empty() || !host.chars().all(is_host) {
            return Err(no_host());
        }
        let (user, password) = (url.username(), url.password());
        if !is_encoded(user) || !is_encoded(password.unwrap_or_default()) {
            return Err(refused("cannot be read: its user or password has a `%` that encodes nothing", ENCODE));
        }
        let credential = match (user, password) {
            ("", None) => String::new(),
            (user, None) => format!("{user}@"),
            (user, Some(password)) => format!("{user}:{password}@"),
        };
        let port = of_socks.port().unwrap_or(usual_port);
        Ok(Self { scheme, host, port, credential, variable })
    }

    /// The variable that names it.
    pub(crate) fn variable(&self) -> &'static str {
        self.variable
    }

    /// The proxy and the variable that names it, without its password.
    pub(super) fn named(&self) -> String {
        format!("the proxy {self} (`{}`)", self.variable)
    }

    /// Whether it answers by itself: over plain HTTP nobody can tell its answers from a server's.
    pub(super) fn may_answer(&self, url: &Url) -> bool {
        url.scheme() == "http" && !self.is_socks()
    }

    pub(super) fn has_credential(&self) -> bool {
        !self.credential.is_empty()
    }

    /// Whether it is spoken to over TLS.
    pub(super) fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    pub(super) fn is_socks(&self) -> bool {
        self.scheme.starts_with("socks")
    }

    /// The scheme with which the proxy looks names up itself, if they are looked up on this machine.
    pub(super) fn resolving_scheme(&self) -> Option<&'static str> {
        match self.scheme {
            "socks4" => Some("socks4a"),
            "socks5" => Some("socks5h"),
            _ => None,
        }
    }

    /// The proxy for every request of a client.
    pub(super) fn of_client(&self) -> Result<reqwest::Proxy, Error> {
        let Self { scheme, host, port, credential, variable } = self;
        reqwest::Proxy::all(format!("{scheme}://{credential}{host}:{port}"))
            .map_err(|_| Error::input(format!("`{variable}` cannot be used as a proxy")).with_hint(FORM))
    }
}

/// Whether each `%` begins an encoded byte, and the bytes are UTF-8.
fn is_encoded(text: &str) -> bool {
    let is_byte = |rest: &str| rest.get(..2).is_some_and(|byte| byte.bytes().all(|digit| digit.is_ascii_hexdigit()));
    text.split('%').skip(1).all(is_byte) && percent_decode_str(text).decode_utf8().is_ok()
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_users_write() {
        for (text, shown, credential) in [
            ("http://proxy.example:3128", "http://proxy.example:3128", ""),
            ("http://proxy.example:3128/", "http://proxy.example:3128", ""),
            ("http://proxy.example", "http://proxy.example:80", ""),
            ("https://proxy.example", "https://proxy.example:443", ""),
            ("HTTP://Proxy.Example:80", "http://proxy.example:80", ""),
            ("proxy.example:3128", "http://proxy.example:3128", ""),
            ("proxy", "http://proxy:80", ""),
            ("user:secret@proxy:3128", "http://proxy:3128", "user:secret@"),
            ("  http://proxy:1\r\n", "http://proxy:1", ""),
            ("10.0.0.1:8080", "http://10.0.0.1:8080", ""),
            ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128", ""),
            ("socks5://proxy", "socks5://proxy:1080", ""),
            ("socks5h://u:p@proxy:80", "socks5h://proxy:80", "u:p@"),
            ("socks://proxy:1080/", "socks5h://proxy:1080", ""),
            ("socks4a://proxy", "socks4a://proxy:1080", ""),
            ("http://u%40corp:p%23%2F%25@proxy:3128", "http://proxy:3128", "u%40corp:p%23%2F%25@"),
            ("http://u:p:q@proxy:3128", "http://proxy:3128", "u:p%3Aq@"),
            ("http://u:@proxy", "http://proxy:80", "u@"),
        ] {
            let proxy = Proxy::parse(text, "HTTPS_PROXY").expect(text);
            assert_eq!((proxy.to_string().as_str(), proxy.credential.as_str()), (shown, credential), "{text}");
            proxy.of_client().expect(text);
            assert!(!format!("{proxy:?}").contains("secret"));
        }
    }

    #[test]
    fn refuses_the_rest_without_repeating_it() {
        for (text, why) in [
            ("htp://s3cret.example:3128", "is no `http`"),
            ("ftp://s3cret.example", "is no `http`"),
            ("\"http://s3cret.example:3128\"", "in quotes"),
            ("'http://s3cret.example:3128'", "in quotes"),
            ("http://s3cret.example:3128\"", "in quotes"),
            ("http://s3cret.example: 3128", "blank"),
            ("http://s3cret .example", "blank"),
            ("http://a.example, http://s3cret.example", "blank"),
            ("http://user:p@s3cret@proxy:3128", "password"),
            ("http://user:p#s3cret@proxy:3128", "password"),
            ("http://user:p/s3cret@proxy:3128", "password"),
            ("http://user:p?s3cret@proxy:3128", "password"),
            ("user:p@s3#cret@proxy:3128", "password"),
            ("http://user:100%s3cret@proxy:3128", "encodes nothing"),
            ("http://user:s3cret%@proxy:3128", "encodes nothing"),
            ("http://user:s3cret%ff@proxy:3128", "encodes nothing"),
            ("http://s3cret.example/proxy.pac", "path"),
            ("http://s3cret.example:3128?x", "path"),
            ("http://s3cret.example:", "host and port"),
            ("http://s3cret.example:port", "host and port"),
            ("http://s3cret.example:99999", "host and port"),
            ("http://:3128", "host and port"),
            ("http://", "host and port"),
            ("http:///s3cret", "path"),
            ("http:/s3cret:3128", "path"),
            ("http:s3cret:3128", "host and port"),
            ("http://<s3cret>", "host and port"),
            ("   ", "host and port"),
        ] {
            let error = Proxy::parse(text, "HTTPS_PROXY").expect_err(text);
            let shown = format!("{error} {:?}", error.hints());
            assert!(shown.contains("`HTTPS_PROXY`") && shown.contains(why), "{text}: {shown}");
            assert!(!shown.contains("s3"), "{text}: {shown}");
            assert_eq!(error.exit_status(), 2);
        }
    }
}
