//! Deploying code on the wire, and reading it back.

use serde::{Deserialize, Serialize};

use super::reported_url::url_if_it_is_one;
use super::{Deployment, Token};

/// What one deploy may hold (docs, Deploy and Limits).
pub mod limits {
    /// The most files.
    pub const MAX_FILES: usize = 20;
    /// The largest file, in bytes.
    pub const MAX_FILE_BYTES: usize = 256 * 1024;
    /// All files together, in bytes.
    pub const MAX_TOTAL_BYTES: usize = 1024 * 1024;
    /// The file endings that are uploaded.
    pub const EXTENSIONS: [&str; 5] = ["ts", "js", "json", "md", "txt"];
    /// The file that is started unless another is named.
    pub const DEFAULT_ENTRYPOINT: &str = "index.ts";
}

/// A file with its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FileContent {
    /// Its path, `/` between the parts.
    pub path: String,
    /// Its bytes in base64.
    pub content: String,
}

/// Code to be deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// The file that is started.
    pub entrypoint: String,
    /// Every file.
    pub files: Vec<FileContent>,
}

/// A deployment of new code, and on the first deploy the `default` token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Deployed<V> {
    /// The deployment.
    #[serde(flatten)]
    pub deployment: Deployment,
    /// Where the function will answer.
    #[serde(default, deserialize_with = "url_if_it_is_one")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub url: Option<String>,
    /// The value of the `default` token on the first deploy, else null.
    pub token: Option<V>,
    /// The `default` token on the first deploy, else null.
    #[serde(default)]
    pub token_info: Option<Token>,
}

/// The code of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Artifact {
    /// Every file, as it was uploaded.
    pub files: Vec<ArtifactFile>,
}

/// A file of a deployment. It may have more fields than one that is uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ArtifactFile {
    /// Its path, `/` between the parts.
    pub path: String,
    /// Its bytes in base64.
    pub content: String,
}

impl From<&FileContent> for ArtifactFile {
    fn from(file: &FileContent) -> Self {
        Self { path: file.path.clone(), content: file.content.clone() }
    }
}
