//! Where a `secret:` sink stores a value: the secrets of functions, over the control plane.

use std::cell::RefCell;

use crate::api::wire::{Deployment, SecretName, Slug};
use crate::api::{ControlPlane, RequestError};
use crate::delivery::{BoxFuture, SecretStore};
use crate::secret::Secret;

/// The secrets of functions, over the control plane.
pub(super) struct FunctionSecrets {
    control: ControlPlane,
    /// The redeploys that storing a secret has started, with their functions.
    redeploys: RefCell<Vec<(Slug, Deployment)>>,
}

impl FunctionSecrets {
    pub(super) fn new(control: &ControlPlane) -> Self {
        Self { control: control.clone(), redeploys: RefCell::default() }
    }

    pub(super) fn redeploys(&self) -> Vec<(Slug, Deployment)> {
        self.redeploys.borrow().clone()
    }
}

impl SecretStore for FunctionSecrets {
    fn has<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> BoxFuture<'a, Result<bool, RequestError>> {
        Box::pin(async move {
            let listed = self.control.secrets(slug).await?;
            Ok(listed.value.iter().any(|secret| secret.key == *key))
        })
    }

    fn put<'a>(
        &'a self,
        slug: &'a Slug,
        key: &'a SecretName,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), RequestError>> {
        Box::pin(async move {
            let stored = self.control.put_secrets(slug, &[(key.clone(), value.clone())]).await?;
            self.redeploys.borrow_mut().push((slug.clone(), stored.value.deployment));
            Ok(())
        })
    }

    fn delete<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> BoxFuture<'a, Result<(), RequestError>> {
        Box::pin(async move {
            self.control.delete_secret(slug, key).await?;
            Ok(())
        })
    }
}
