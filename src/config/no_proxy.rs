//! `NO_PROXY`: which hosts are reached without a proxy.
//!
//! There is no standard. What curl, Go and the JavaScript tools read is read here as well, so that
//! a list that works for them works here: `example.com` and `.example.com` (the domain and what is
//! below it), `*.example.com` (what is below it) and other patterns, addresses, networks
//! (`10.0.0.0/8`), each but a network also with `:PORT`, and `*` for everything.

use std::net::IpAddr;

use glob::Pattern;
use ipnet::IpNet;
use url::{Host, Url};

use crate::error::Error;

/// The entries of a list.
pub(super) struct NoProxy<'t> {
    rules: Vec<Rule>,
    /// The first entry that is none of the forms.
    unreadable: Option<&'t str>,
    variable: &'static str,
}

struct Rule {
    hosts: Hosts,
    /// Nothing for every port.
    port: Option<u16>,
}

enum Hosts {
    Network(IpNet),
    /// A domain and all below it.
    Domain(String),
    Pattern(Pattern),
}

impl<'t> NoProxy<'t> {
    /// Reads a list, separated by commas or blanks.
    pub(super) fn parse(text: &'t str, variable: &'static str) -> Self {
        let mut list = Self { rules: Vec::new(), unreadable: None, variable };
        for entry in text.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty()) {
            match Rule::parse(entry) {
                Some(rule) => list.rules.push(rule),
                None => list.unreadable = list.unreadable.or(Some(entry)),
            }
        }
        list
    }

    /// Whether a URL is reached without a proxy.
    ///
    /// # Errors
    /// `INPUT_ERROR` if no entry says so and one of them cannot be read: it may have been meant to.
    pub(super) fn excepts(&self, url: &Url) -> Result<bool, Error> {
        if self.rules.iter().any(|rule| rule.covers(url)) {
            return Ok(true);
        }
        let Some(entry) = self.unreadable else { return Ok(false) };
        // What has a user may have a password.
        let shown = if entry.contains('@') { "an entry".to_owned() } else { format!("`{entry}`") };
        Err(Error::input(format!("`{}` cannot be read: {shown} is neither a host nor a network", self.variable))
            .with_hint(
                "write hosts, `.domain`, `*.domain`, `host:port` or `10.0.0.0/8`, separated by commas, without quotes",
            ))
    }
}

impl Rule {
    fn parse(entry: &str) -> Option<Self> {
        if let Ok(network) = entry.parse() {
            return Some(Self { hosts: Hosts::Network(network), port: None });
        }
        let (host, port) = match entry.rsplit_once(':') {
            // More colons are those of an address without brackets.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (entry, None),
        };
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = address.parse::<IpAddr>() {
            return Some(Self { hosts: Hosts::Network(address.into()), port });
        }
        if host.contains('*') {
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*');
            let pattern = host.trim_end_matches('.').to_ascii_lowercase();
            let pattern = pattern.chars().all(is_part).then(|| Pattern::new(&pattern).ok()).flatten()?;
            return Some(Self { hosts: Hosts::Pattern(pattern), port });
        }
        let domain = host.strip_prefix('.').unwrap_or(host).trim_end_matches('.');
        match Host::parse(domain).ok()? {
            Host::Domain(domain) if domain.contains(['"', '\'', '/', ';', '=']) => None,
            Host::Domain(domain) => Some(Self { hosts: Hosts::Domain(domain), port }),
            // `10.1` and the like, as in a URL.
            Host::Ipv4(address) => Some(Self { hosts: Hosts::Network(IpAddr::from(address).into()), port }),
            Host::Ipv6(address) => Some(Self { hosts: Hosts::Network(IpAddr::from(address).into()), port }),
        }
    }

    fn covers(&self, url: &Url) -> bool {
        if self.port.is_some() && self.port != url.port_or_known_default() {
            return false;
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
            _ => None,
        };
        let name = url.host_str().unwrap_or_default().trim_end_matches('.');
        match (&self.hosts, address) {
            (Hosts::Network(network), Some(address)) => network.contains(&address),
            (Hosts::Pattern(pattern), _) => pattern.matches(name),
            (Hosts::Domain(domain), None) => {
                name.strip_suffix(domain.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.'))
            }
            (Hosts::Network(_), None) | (Hosts::Domain(_), Some(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_covers_what_it_says() {
        let api = "https://api.example.test";
        for (list, url, covered) in [
            ("api.example.test", api, true),
            ("API.Example.Test", api, true),
            ("api.example.test.", api, true),
            ("api.example.test", "https://api.example.test./", true),
            ("example.test", api, true),
            (".example.test", api, true),
            (".example.test", "https://example.test", true),
            ("*.example.test", api, true),
            ("*.example.test", "https://a.b.example.test", true),
            ("*.example.test", "https://example.test", false),
            ("api.*", api, true),
            ("*example*", api, true),
            ("ample.test", api, false),
            ("pi.example.test", api, false),
            ("api.example.test.com", api, false),
            ("api.example.test:443", api, true),
            ("api.example.test:8443", api, false),
            (".example.test:8443", "https://api.example.test:8443", true),
            ("*.example.test:443", api, true),
            ("*", api, true),
            ("*:443", api, true),
            ("other.test, ,example.test", api, true),
            ("other.test example.test", api, true),
            ("", api, false),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.9.9.9/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("10.0.0.0/8", api, false),
            ("10.1.2.3", "https://10.1.2.3", true),
            ("10.1.2.3:443", "https://10.1.2.3", true),
            ("10.1.2.3:80", "https://10.1.2.3", false),
            ("10.1.*", "https://10.1.2.3", true),
            ("2001:db8::/32", "https://[2001:db8::1]", true),
            ("2001:db8::1", "https://[2001:db8::1]", true),
            ("[2001:db8::1]", "https://[2001:db8::1]", true),
            ("[2001:db8::1]:443", "https://[2001:db8:0::1]", true),
            ("[2001:db8::1]:80", "https://[2001:db8::1]", false),
            ("bücher.test", "https://xn--bcher-kva.test", true),
        ] {
            let parsed = NoProxy::parse(list, "NO_PROXY");
            assert_eq!(parsed.excepts(&Url::parse(url).expect(url)).expect(list), covered, "{list} {url}");
        }
    }

    #[test]
    fn an_entry_that_is_none_of_them_is_refused_where_it_may_matter() {
        let api = Url::parse("https://api.example.test").expect("a URL");
        for list in [
            "\"a.test",
            "'b.test'",
            "http://b.test",
            "10.0.0.0/99",
            "b.test/x",
            "b.test;c.test",
            "a:b:c",
            "b.test:http",
            "[::1",
        ] {
            let error = NoProxy::parse(list, "no_proxy").excepts(&api).expect_err(list);
            assert!(error.to_string().contains("`no_proxy`") && error.to_string().contains(list), "{error}");
            let covered = format!("{list},.example.test");
            assert!(NoProxy::parse(&covered, "no_proxy").excepts(&api).expect("covered"), "{covered}");
        }
        let error = NoProxy::parse("http://user:s3cret@b.test", "NO_PROXY").excepts(&api).expect_err("a URL");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
