//! Deploys, rollbacks and the limits of an upload.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::redeploy::Change;
use super::refusal::Refusal;
use super::stored::State;
use super::token::{DEFAULT_NAME, NewToken};
use crate::api::wire::{self, Deploy, DeploymentStatus, FileContent, limits};
use crate::sandbox::issued_value::IssuedValue;

/// The longest path of a file, in characters. The vendor documents no limit; Linux takes 255 bytes as
/// the name of a file.
pub(in crate::sandbox) const MAX_PATH: usize = 255;
/// Folders that a correct client leaves out, besides everything hidden (docs, Deploy).
const LEFT_OUT: [&str; 2] = ["node_modules", "dist"];

impl State {
    /// `POST …/deployments`. The first one issues the `default` token, also if its build then fails
    /// (docs, Authentication: “The first deploy automatically generates a runtime token”); later
    /// ones issue none.
    pub(crate) fn deploy(
        &mut self,
        slug: &str,
        request: Deploy,
        change: &Change,
    ) -> Result<wire::Deployed<IssuedValue>, Refusal> {
        check(&request)?;
        let first = !self.function(slug)?.was_deployed();
        let id = self.values.id("upl");
        let function = self.function_mut(slug)?;
        function.uploads.insert(id.clone(), request.files);
        function.code = Some(id);
        let issued = if first {
            let default = NewToken { name: DEFAULT_NAME.to_owned(), ..Default::default() };
            Some(self.issue(slug, default, change.at)?)
        } else {
            None
        };
        let deployment = self.start_redeploy(slug, "deploy", change)?;
        let url = Some(self.function(slug)?.url(&self.settings));
        let (token_info, token) = issued.unzip();
        Ok(wire::Deployed { deployment, url, token, token_info })
    }

    /// `GET …/deployments/{id}/artifact`.
    pub(crate) fn artifact(&self, slug: &str, id: &str) -> Result<wire::Artifact, Refusal> {
        let function = self.function(slug)?;
        let files = function.files_of(function.find_redeploy(id)?);
        Ok(wire::Artifact { files: files.iter().map(wire::ArtifactFile::from).collect() })
    }

    /// `POST …/deployments/{id}/rollback`: the code of then, with the tokens and secrets of now.
    pub(crate) fn rollback(&mut self, slug: &str, id: &str, change: &Change) -> Result<wire::Deployment, Refusal> {
        let function = self.function_mut(slug)?;
        let target = function.find_redeploy(id)?;
        if target.info.status != DeploymentStatus::Live || target.code.is_none() {
            return Err(Refusal::conflict(format!("Deployment `{id}` never ran code that was live")));
        }
        let code = target.code.clone();
        function.code = code;
        self.start_redeploy(slug, "rollback", change)
    }
}

pub(in crate::sandbox) fn check(request: &Deploy) -> Result<(), Refusal> {
    if request.files.is_empty() {
        return Err(Refusal::invalid("There is no file"));
    }
    if request.files.len() > limits::MAX_FILES {
        return Err(Refusal::invalid(format!("There are more than {} files", limits::MAX_FILES)));
    }
    let mut total = 0;
    let mut paths = BTreeSet::new();
    for file in &request.files {
        let size = check_file(file)?;
        if size > limits::MAX_FILE_BYTES {
            return Err(Refusal::new(413, format!("`{}` is larger than {} bytes", file.path, limits::MAX_FILE_BYTES)));
        }
        total += size;
        if !paths.insert(file.path.as_str()) {
            return Err(Refusal::invalid(format!("`{}` is there twice", file.path)));
        }
    }
    if total > limits::MAX_TOTAL_BYTES {
        return Err(Refusal::new(413, format!("The files are larger than {} bytes", limits::MAX_TOTAL_BYTES)));
    }
    if !paths.contains(request.entrypoint.as_str()) {
        return Err(Refusal::invalid(format!("The entrypoint `{}` is not among the files", request.entrypoint)));
    }
    Ok(())
}

/// The size of the file's content, in bytes.
fn check_file(file: &FileContent) -> Result<usize, Refusal> {
    let path = &file.path;
    let plain = path.chars().count() <= MAX_PATH
        && !path.chars().any(|c| c.is_control() || c == '\\')
        && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !LEFT_OUT.contains(&part));
    if !plain {
        return Err(Refusal::invalid(format!("`{path}` is not a plain relative path")));
    }
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    if !extension.is_some_and(|extension| limits::EXTENSIONS.contains(&extension)) {
        return Err(Refusal::invalid(format!("`{path}` does not end in one of {:?}", limits::EXTENSIONS)));
    }
    let content = BASE64_STANDARD.decode(&file.content);
    content.map(|bytes| bytes.len()).map_err(|_| Refusal::invalid(format!("The content of `{path}` is not base64")))
}
