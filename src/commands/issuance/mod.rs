//! The journey of a new token, from the request to the user who gets it. Its value is shown once,
//! so each step consumes the one before it, and steps in the wrong order do not compile.
//!
//! ```text
//! IssueRequest --open--> Custody --obtain--> Unmasked --mask--> Undelivered
//!                                                (rotate, exec: prove) |
//!                                                                   deliver
//!                                                                      v
//!                                         Completion <--print-- Delivered
//!                                          (create, regenerate, deploy: prove)
//! ```
//!
//! - [`request`]: what is asked, and how the same is asked again.
//! - [`sinks`]: where the value goes; checked before anything is asked.
//! - [`function_secrets`]: the store of a `secret:` sink.
//! - [`custody`]: registers how to undo the request, in the [`ledger`] of this run and in the
//!   recovery log; sends it.
//! - [`lost_token`]: how a token is found whose answer was lost.
//! - [`held`]: the token that exists. Until it is printed or committed, the app undoes it when the
//!   run ends.
//! - [`deploy`]: the same for a deploy, which issues a token the first time.
//! - [`live`]: waits for the redeploy, then proves the token at the gateway.
//! - [`undo`]: how the token of a failed run is revoked.
//! - [`undo_report`]: what undoing did, and what the error says of it.
//! - [`issued_token`]: `.data` of the verbs.
//!
//! What does not compile, each beside its twin that does:
//!
//! A value that is printed before it is masked and delivered to the other sinks:
//!
//! ```compile_fail
//! use jelou::issuance::*;
//! type Done = fn(DeliveredToken<()>) -> Outcome;
//! async fn verb(token: Unmasked<'_, ()>, done: Done) -> Result<Completion, Error> {
//!     token.print(done).await
//! }
//! ```
//!
//! ```
//! use jelou::issuance::*;
//! type Done = fn(DeliveredToken<()>) -> Outcome;
//! async fn verb(token: Unmasked<'_, ()>, done: Done) -> Result<Completion, Error> {
//!     token.mask().await?.deliver().await?.print(done).await
//! }
//! ```
//!
//! A token that is delivered twice:
//!
//! ```compile_fail
//! use jelou::issuance::*;
//! async fn verb(token: Undelivered<'_, ()>) -> Result<(), Error> {
//!     let _first = token.deliver().await?;
//!     let _second = token.deliver().await?;
//!     Ok(())
//! }
//! ```
//!
//! ```
//! use jelou::issuance::*;
//! async fn verb(token: Undelivered<'_, ()>) -> Result<(), Error> {
//!     let _first = token.deliver().await?;
//!     Ok(())
//! }
//! ```
//!
//! A request that is sent without a registered undo:
//!
//! ```compile_fail
//! use jelou::issuance::*;
//! async fn verb(request: IssueRequest, registered: impl UndoIsRegistered) {
//!     let _ = request.send(&()).await;
//! }
//! ```
//!
//! ```
//! use jelou::issuance::*;
//! async fn verb(request: IssueRequest, registered: impl UndoIsRegistered) {
//!     let _ = request.send(&registered).await;
//! }
//! ```

pub(crate) mod custody;
pub(crate) mod deploy;
mod function_secrets;
pub(crate) mod held;
pub(crate) mod issued_token;
pub(crate) mod ledger;
pub(crate) mod live;
pub(crate) mod lost_token;
pub(crate) mod request;
pub(crate) mod sinks;
mod undo;
pub(crate) mod undo_report;

pub(crate) use custody::{Custody, Obtained};
pub(crate) use issued_token::Replaced;
pub(crate) use live::{Live, Until, until_live};
pub(crate) use request::IssueRequest;
