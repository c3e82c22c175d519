//! Secrets of a function on the wire: no answer has a value.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::times::whole_seconds;
use super::{Deployment, SecretName};

/// A secret as it is listed: its key alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SecretKey {
    /// Its name in the function's environment.
    pub key: SecretName,
    /// When it was last set.
    #[serde(deserialize_with = "whole_seconds")]
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub updated_at: Timestamp,
}

/// Secrets to be set; the others stay.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutSecrets<V> {
    /// Value by key.
    pub secrets: BTreeMap<SecretName, V>,
}

/// The secrets that were set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SecretsPut {
    /// Every secret that was set.
    pub items: Vec<SecretKey>,
    /// The deployment that makes it count.
    pub deployment: Deployment,
}

/// A secret that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SecretDeleted {
    /// The key that is gone.
    pub key: SecretName,
    /// Always true.
    pub deleted: bool,
    /// The deployment that makes it count.
    pub deployment: Deployment,
}
