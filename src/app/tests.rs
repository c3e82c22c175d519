#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::supervise::supervise;
use super::*;
use crate::api::IdempotencyKey;
use crate::api::wire::{ListedId, Token};
use crate::cli::tokens::Delivery;
use crate::commands::ChildEnd;
use crate::commands::Completion;
use crate::commands::issuance::held::Unmasked;
use crate::commands::issuance::sinks::Unprintable;
use crate::commands::issuance::{Custody, IssueRequest};
use crate::config::Flags;
use crate::sandbox::{Fault, Fixture, Sandbox};

const TERMINALS: Terminals = Terminals { stdin: false, stdout: false, stderr: false, columns: None };

/// A run against a sandbox, whose state is in `folder`.
fn context(sandbox: &Sandbox, folder: &std::path::Path) -> Context {
    let env = Env::from_iter([
        ("JELOU_TOKEN", sandbox.pat()),
        ("JELOU_API_URL", &sandbox.api_url()),
        ("JELOU_CONFIG_DIR", folder.to_str().unwrap()),
    ]);
    let settings = Settings::resolve(&Flags::default(), &env).unwrap();
    let presentation = Presentation::fallback(&PresentationFlags::default(), &env, TERMINALS, &job_around(&env));
    let interactivity = Interactivity::decide(&presentation, true, true);
    Context {
        command: "tokens create".to_owned(),
        times: TimeStyle::new(Timestamp::now(), false),
        job: job_around(&env),
        env,
        settings,
        output: Rc::new(Output::new(presentation)),
        interactivity,
        print_token: false,
        folder: folder.to_owned(),
        ledger: Ledger::default(),
        interrupts: Interrupts::default(),
        traffic: Traffic::default(),
        so_far: SoFar::default(),
    }
}

async fn ask_for_a_token(cx: &Context) -> Result<Unmasked<'_, Token>, Error> {
    let control = cx.control()?;
    let sinks = cx.sinks(&control, &Delivery::default(), Unprintable::Refuse).await?;
    let (slug, name) = ("my-function".parse()?, "ci".parse()?);
    let request = IssueRequest::create(&control, &slug, &name, None, IdempotencyKey::random());
    Custody::open(cx, request, &sinks)?.obtain().await.issued()
}

#[test]
fn a_panic_undoes_the_token_and_ends_with_1() {
    let sandbox = Sandbox::builder().example_fixture().start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cx = context(&sandbox, folder.path());
    let existed = Cell::new(false);
    let ended = runtime().unwrap().block_on(supervise(&cx, async {
        let _token = ask_for_a_token(&cx).await?;
        existed.set(sandbox.tokens("my-function").len() == 2);
        panic!("jfn_rt_in_a_payload");
    }));
    assert_eq!(ended, Ended::Status(1));
    assert!(existed.get());
    assert_eq!(sandbox.tokens("my-function").len(), 1);
    assert!(!cx.ledger.is_open());
}

/// Dropped at any moment of the request, the token is found again by its key.
#[test]
fn a_panic_beside_the_request_undoes_it_too() {
    let sandbox = Sandbox::builder().example_fixture().start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cx = context(&sandbox, folder.path());
    sandbox.inject(Fault::delay(Duration::from_millis(300)).method("POST"));
    let ended = runtime().unwrap().block_on(supervise(&cx, async {
        let asked = ask_for_a_token(&cx);
        let arrived = async {
            while sandbox.requests().is_empty() {
                tokio::task::yield_now().await;
            }
            panic!("while the request is under way");
        };
        tokio::join!(asked, arrived).0.map(|_| Completion::Child(ChildEnd { status: 0, was_signalled: false }))
    }));
    assert_eq!(ended, Ended::Status(1));
    assert_eq!(sandbox.tokens("my-function").len(), 1);
    let methods: Vec<_> = sandbox.requests().into_iter().map(|entry| entry.method).collect();
    assert_eq!(methods.last().map(String::as_str), Some("DELETE"), "{methods:?}");
}

/// The runtime has one thread, which the work holds: what the server sees was sent before.
#[test]
fn the_next_page_of_a_list_is_asked_for_before_the_work_on_this_one() {
    let names: Vec<String> = (0..1500).map(|number| format!(r#"{{"name": "t-{number}"}}"#)).collect();
    let fixture = format!(r#"{{"functions": [{{"slug": "my-function", "tokens": [{}]}}]}}"#, names.join(","));
    let sandbox = Sandbox::builder().fixture(Fixture::parse(&fixture).unwrap()).start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cx = context(&sandbox, folder.path());
    let slug = "my-function".parse().unwrap();
    let counts = runtime().unwrap().block_on(async {
        let control = cx.control()?;
        let mut pages = control.listed_tokens(&slug);
        let first = pages.first().await?;
        let every = |_: ListedId<'_>| Ok::<_, String>(Some(()));
        let one = first.select(every)?;
        let mut seen = 0;
        let work = async {
            let deadline = Instant::now() + Duration::from_secs(20);
            while seen < 2 && Instant::now() < deadline {
                seen = sandbox.requests().len();
                std::thread::park_timeout(Duration::from_millis(1));
            }
            Ok::<(), Error>(())
        };
        let second = pages.after(one.next.as_ref(), work).await?.unwrap();
        let other = second.select(every)?;
        assert!(other.next.is_none());
        Ok::<_, Error>((seen, one.items.len(), other.items.len()))
    });
    assert_eq!(counts.unwrap(), (2, 1000, 501));
}
