//! The wire is pinned: every request and answer is a golden file that its type reads and writes
//! without loss.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jelou::api::wire;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

type Check = fn(&str, &Value);

/// Every golden file, with the type that must read and write it. Values are plain texts here, for
/// only the sandbox's own type can be written and only the client's can be read.
const WIRE: [(&str, Check); 20] = [
    ("artifact", same::<wire::Artifact>),
    ("create_function", same::<wire::CreateFunction>),
    ("create_token", same::<wire::CreateToken>),
    ("created_token", same::<wire::CreatedToken<String>>),
    ("cron_triggered", same::<wire::CronTriggered>),
    ("deploy", same::<wire::Deploy>),
    ("deployed", same::<wire::Deployed<String>>),
    ("deployment", same::<wire::Deployment>),
    ("error", same::<wire::ErrorBody>),
    ("function", same::<wire::Function>),
    ("me", same::<wire::Me>),
    ("put_secrets", same::<wire::PutSecrets<String>>),
    ("revoked_token", same::<wire::RevokedToken>),
    ("rotate_token", same::<wire::RotateToken>),
    ("rotated_token", same::<wire::RotatedToken<String>>),
    ("secret_deleted", same::<wire::SecretDeleted>),
    ("secrets_put", same::<wire::SecretsPut>),
    ("tokens", same::<wire::Page<wire::Token>>),
    ("update_token", same::<wire::UpdateToken>),
    ("updated_token", same::<wire::UpdatedToken>),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/wire")
}

fn golden(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn same<T: DeserializeOwned + Serialize>(name: &str, golden: &Value) {
    let read: T = serde_json::from_value(golden.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    // As text, so that the order of the fields is compared too.
    assert_eq!(serde_json::to_string_pretty(&read).unwrap(), format!("{golden:#}"), "{name}");
}

#[test]
fn every_type_reads_and_writes_its_golden_file() {
    for (name, check) in WIRE {
        check(name, &golden(name));
    }
}

#[test]
fn no_golden_file_is_forgotten() {
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(files, WIRE.iter().map(|(name, _)| (*name).to_owned()).collect());
}

#[test]
fn a_request_refuses_an_unknown_field_and_an_answer_tolerates_it() {
    fn refuses<T: DeserializeOwned>(name: &str) {
        let mut body = golden(name);
        body["surprise"] = json!(1);
        assert!(serde_json::from_value::<T>(body).is_err(), "{name}");
    }
    fn tolerates<T: DeserializeOwned>(name: &str) {
        let mut body = golden(name);
        body["surprise"] = json!(1);
        assert!(serde_json::from_value::<T>(body).is_ok(), "{name}");
    }
    refuses::<wire::CreateFunction>("create_function");
    refuses::<wire::CreateToken>("create_token");
    refuses::<wire::UpdateToken>("update_token");
    refuses::<wire::RotateToken>("rotate_token");
    refuses::<wire::Deploy>("deploy");
    refuses::<wire::PutSecrets<String>>("put_secrets");
    tolerates::<wire::Function>("function");
    tolerates::<wire::CreatedToken<String>>("created_token");
    tolerates::<wire::RotatedToken<String>>("rotated_token");
    tolerates::<wire::Deployed<String>>("deployed");
    tolerates::<wire::Page<wire::Token>>("tokens");
    tolerates::<wire::ErrorBody>("error");
    tolerates::<wire::Me>("me");
}

#[test]
fn a_status_that_is_not_known_is_kept() {
    let mut body = golden("tokens")["items"][0].clone();
    body["status"] = json!("paused");
    let token: wire::Token = serde_json::from_value(body).unwrap();
    assert_eq!(token.status.as_str(), "paused");
    assert_eq!(serde_json::to_value(token).unwrap()["status"], "paused");
}

#[test]
fn a_new_expiry_may_be_absent_null_a_time_or_a_lifetime() {
    let read = |body: Value| serde_json::from_value::<wire::UpdateToken>(body).unwrap();
    assert_eq!(read(json!({})).expires_at, None);
    assert_eq!(read(json!({"expires_at": null})).expires_at, Some(None));
    assert!(matches!(read(json!({"expires_at": "2026-05-01T00:00:00Z"})).expires_at, Some(Some(_))));
    assert_eq!(read(json!({"expires_in_seconds": 60})).expires_in_seconds, Some(Some(60)));
    assert_eq!(read(json!({"expires_in_seconds": null})).expires_in_seconds, Some(None));
    assert_eq!(read(json!({})).expires_in_seconds, None);
}
