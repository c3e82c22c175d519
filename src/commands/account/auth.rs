//! `jelou auth …`

use serde_json::{Value, json};

use super::folder;
use crate::cli::account::Named;
use crate::commands::Context;
use crate::config::credentials;
use crate::error::Error;
use crate::output::table::Table;
use crate::output::{Line, Outcome};

/// `jelou auth list`
///
/// # Errors
/// `INPUT_ERROR` if the file cannot be used.
pub fn list(cx: &Context) -> Result<Outcome, Error> {
    let stored = cx.credentials()?;
    let active = |name: &String| stored.active.as_ref() == Some(name);
    let data: Vec<Value> = stored
        .profiles
        .iter()
        .map(|(name, profile)| {
            let user = profile.user.as_ref().map(|user| user.name.clone());
            json!({ "name": name, "active": active(name), "user": user, "api_url": profile.api_url })
        })
        .collect();
    let rows = stored.profiles.iter().map(|(name, profile)| {
        let user = profile.user.as_ref().map(|user| user.name.clone()).unwrap_or_default();
        vec![name.clone(), if active(name) { "yes" } else { "" }.to_owned(), user, profile.api_url.clone()]
    });
    let shown = if data.is_empty() {
        Line::Text("No profiles are stored".to_owned())
    } else {
        Line::Table(Table { header: vec!["Profile", "Active", "User", "API"], rows: rows.collect() })
    };
    Ok(Outcome::read(Value::Array(data)).line(shown).quiet(stored.profiles.keys().cloned().collect()))
}

/// `jelou auth switch`
///
/// # Errors
/// `INPUT_ERROR` if there is no such profile.
pub fn switch(cx: &Context, args: &Named) -> Result<Outcome, Error> {
    credentials::update(&folder(cx)?, |stored| {
        if !stored.profiles.contains_key(&args.name) {
            return Err(unknown(&args.name));
        }
        stored.active = Some(args.name.clone());
        Ok(())
    })?;
    Ok(Outcome::changed(json!({ "active": args.name })).line(Line::Done(format!("Profile {} is active", args.name))))
}

/// `jelou auth remove`
///
/// # Errors
/// `INPUT_ERROR` if there is no such profile, or nobody confirms.
pub fn remove(cx: &Context, args: &Named) -> Result<Outcome, Error> {
    cx.confirm("Removing a profile", &format!("Forget profile {}?", args.name))?;
    credentials::update(&folder(cx)?, |stored| {
        stored.profiles.remove(&args.name).map(|_| ()).ok_or_else(|| unknown(&args.name))?;
        if stored.active.as_ref() == Some(&args.name) {
            stored.active = None;
        }
        Ok(())
    })?;
    Ok(Outcome::changed(json!({ "removed": [args.name] })).line(Line::Done(format!("Profile {} removed", args.name))))
}

fn unknown(name: &str) -> Error {
    Error::input(format!("There is no profile `{name}`")).with_hint("`jelou auth list` shows the profiles")
}
