//! What `--verbose` says before the first request: where each setting comes from, which way a
//! request goes, which certificates are trusted. A credential is named by its origin, never shown.

use std::fmt::Display;

use url::Url;

use super::Context;
use crate::api::CertificateSource;
use crate::config::Origin;
use crate::config::env;
use crate::config::proxies::Way;
use crate::config::settings::{CredentialSource, Identity};
use crate::duration;

impl Context {
    /// Says a setting, once for each value.
    pub(super) fn tell(&self, setting: &str, value: impl Display) {
        if self.output.presentation.verbose == 0 {
            return;
        }
        let line = format!("setting: {setting}: {value}");
        if self.so_far.told.borrow_mut().insert(line.clone()) {
            self.output.say(&line);
        }
    }

    /// Says the settings that every command has.
    pub(crate) fn tell_settings(&self) {
        let (settings, origins) = (&self.settings, &self.settings.origins);
        let (format, of_format) = self.output.presentation.told();
        self.tell("output", format_args!("{format} ({of_format})"));
        for (name, length, origin) in [
            ("request timeout", settings.request_timeout, &origins.request_timeout),
            ("wait timeout", settings.timeout, &origins.timeout),
        ] {
            self.tell(name, format_args!("{} ({origin})", duration::show(length)));
        }
        self.tell("retries", format_args!("{} ({})", settings.retries, origins.retries));
    }

    /// Says whose credential is used, and for which planes.
    pub(super) fn tell_identity(&self, identity: &Identity) {
        let folder = self.config_folder().unwrap_or_default();
        let file = folder.join(crate::config::credentials::FILE_NAME);
        match (&identity.profile, &self.settings.credential) {
            (Some(name), CredentialSource::ActiveProfile) => {
                self.tell("credential", format_args!("profile {name} of {} (the active one)", file.display()));
            }
            (Some(name), _) => {
                let origin = &self.settings.origins.profile;
                self.tell("credential", format_args!("profile {name} of {} ({origin})", file.display()));
            }
            (None, _) => self.tell("credential", format_args!("a management token (`{}`)", env::JELOU_TOKEN)),
        }
        self.tell_control_plane(identity.api_url.url(), &identity.api_url_from);
        match &identity.gateway_url {
            Some((url, origin)) => self.tell("gateway", format_args!("{} ({origin})", url.as_str())),
            None => self.tell("gateway", "not known (`--gateway-url` names it)"),
        }
    }

    pub(super) fn tell_control_plane(&self, url: &Url, origin: &Origin) {
        self.tell("control plane", format_args!("{} ({origin})", url.as_str().trim_end_matches('/')));
    }

    /// Says through which proxy requests to a URL go, and why through none.
    pub(super) fn tell_way(&self, base: &Url, way: &Way) {
        match way {
            Way::Through(proxy) => self.tell("proxy", format_args!("{proxy} (`{}`)", proxy.variable())),
            Way::ToThisMachine => self.tell("proxy", "none (this machine is reached directly)"),
            Way::Excepted(variable) => {
                let host = base.host_str().unwrap_or_default();
                self.tell("proxy", format_args!("none (`{variable}` excepts {host})"));
            }
            Way::NoneNamed => self.tell("proxy", "none (no variable names one)"),
        }
    }

    /// Says which certificates are trusted for a URL.
    pub(super) fn tell_certificates(&self, base: &Url, sources: &[CertificateSource]) {
        if base.scheme() != "https" {
            return self.tell("certificates", "none (plain HTTP)");
        }
        let told = sources.iter().map(|source| match source {
            CertificateSource::CaCert(path) => format!("{} ({})", shown(path), self.settings.origins.ca_cert),
            CertificateSource::Bundle(path) => format!("{} (`{}`)", shown(path), env::SSL_CERT_FILE),
            CertificateSource::SystemFile(path) => format!("{} (the system's)", shown(path)),
            CertificateSource::SystemStore => "the system's store".to_owned(),
            CertificateSource::Folder(path) => format!("{} (`{}`)", shown(path), env::SSL_CERT_DIR),
        });
        self.tell("certificates", told.collect::<Vec<_>>().join(", "));
    }
}

/// A path; not what somebody has put where a path belongs, which may be a private key.
fn shown(path: &std::path::Path) -> String {
    let text = path.to_string_lossy();
    if text.starts_with("-----BEGIN") { "what is no path".to_owned() } else { text.into_owned() }
}
