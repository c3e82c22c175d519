#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::api::IdempotencyKey;
use crate::api::wire::CreateToken;
use crate::commands::mint::{MintRequest, Minting};
use crate::config::Flags;
use crate::output::PresentationFlags;
use crate::sandbox::{Fault, Sandbox};

const TERMINALS: Terminals = Terminals { stdin: false, stdout: false, stderr: false };

/// A run against a sandbox, whose state is in `folder`.
fn context(sandbox: &Sandbox, folder: &std::path::Path) -> Context {
    let env = Env::of([
        ("JELOU_TOKEN", sandbox.pat()),
        ("JELOU_API_URL", &sandbox.api_url()),
        ("JELOU_CONFIG_DIR", folder.to_str().unwrap()),
    ]);
    let settings = Settings::resolve(&Flags::default(), &env).unwrap();
    let presentation = Presentation::fallback(&PresentationFlags::default(), &env, TERMINALS);
    let interactivity = Interactivity::decide(&presentation, true, true);
    Context::new(env, settings, Rc::new(Output::new(presentation)), interactivity, false, folder.to_owned())
}

fn minting(cx: &Context) -> Minting {
    Minting {
        control: cx.control().unwrap(),
        slug: "my-function".parse().unwrap(),
        name: "ci".to_owned(),
        key: IdempotencyKey::random(),
        again: None,
        request: MintRequest::Create(CreateToken { name: "ci".parse().unwrap(), expires_in_seconds: None }),
    }
}

#[test]
fn a_panic_undoes_the_token_and_ends_with_1() {
    let sandbox = Sandbox::builder().example_fixture().start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cx = context(&sandbox, folder.path());
    let existed = Cell::new(false);
    let ended = runtime().unwrap().block_on(supervise(&cx, "test", async {
        let minted = minting(&cx).run(&cx).await?;
        existed.set(sandbox.tokens("my-function").len() == 2);
        panic!("{}", minted.value.secret().expose());
    }));
    assert_eq!(ended, Ended::Status(1));
    assert!(existed.get());
    assert_eq!(sandbox.tokens("my-function").len(), 1);
    assert!(!cx.pending.is_owed());
}

/// Dropped at any moment of the request, the token is found again by its key.
#[test]
fn a_panic_beside_the_request_undoes_it_too() {
    let sandbox = Sandbox::builder().example_fixture().start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cx = context(&sandbox, folder.path());
    sandbox.inject(Fault::delay(Duration::from_millis(300)).method("POST"));
    let ended = runtime().unwrap().block_on(supervise(&cx, "test", async {
        let asked = minting(&cx).run(&cx);
        let arrived = async {
            while sandbox.requests().is_empty() {
                tokio::task::yield_now().await;
            }
            panic!("while the request is under way");
        };
        tokio::join!(asked, arrived).0.map(|_| Outcome::default())
    }));
    assert_eq!(ended, Ended::Status(1));
    assert_eq!(sandbox.tokens("my-function").len(), 1);
    let methods: Vec<_> = sandbox.requests().into_iter().map(|entry| entry.method).collect();
    assert_eq!(methods.last().map(String::as_str), Some("DELETE"), "{methods:?}");
}
