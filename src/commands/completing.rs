//! What can be typed next, as far as it is known of the platform and of this machine. Whatever is
//! not to be had is left out without a word: somebody is typing.

mod cache;
mod platform;
mod programs;

use std::collections::HashMap;

use crate::api::wire::{Slug, TokenName, TokenStatus};
use crate::cli;
use crate::cli::completing::{Candidate, Known, Question, Thing, TypedLine, Value};
use crate::cli::topics::Topic;
use crate::commands::Context;
use crate::commands::reference::schemas::commands;
use crate::commands::sandbox::{fault_kinds, scenarios};
use crate::delivery;
use platform::{Item, List};

/// The methods that HTTP defines and that functions are called by (RFC 9110, RFC 5789).
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Answers a question; without a context, as far as that goes.
pub(crate) async fn known(cx: Option<&Context>, question: &Question) -> Known {
    let (typed, line) = (question.typed.as_str(), &question.line);
    Known::Words(match question.value {
        Value::Command => return command(cx, question),
        Value::Body if typed.starts_with('@') => return Known::Files { prefix: "@".to_owned() },
        Value::Body => Vec::new(),
        Value::Method => plain(METHODS),
        Value::Status => plain(TokenStatus::KNOWN.iter().copied()),
        Value::Scenario if scenarios().any(|(name, _)| name.starts_with(typed)) => {
            scenarios().map(|(name, what)| candidate(name.to_owned(), what)).collect()
        }
        Value::Path | Value::Scenario => return Known::Files { prefix: String::new() },
        Value::Fault => fault_kinds().map(|(word, what)| candidate(word, what)).collect(),
        Value::SchemaName => schema_words(&line.words),
        Value::HelpName => help_words(line),
        Value::Profile => cx.map(profiles).unwrap_or_default(),
        Value::Sink => return sink(cx, typed).await,
        // A word behind `--` belongs to another command.
        Value::Function | Value::FunctionOr(_) if line.behind_dashes.is_some() => Vec::new(),
        Value::Function if line.option("function").is_some() => Vec::new(),
        Value::Function => functions(cx, typed).await,
        Value::FunctionOr(thing) => {
            let place = Place::of(cx, line);
            if !place.taken.is_empty() && !takes_many(&line.command) {
                return Known::Words(Vec::new());
            }
            // Which of the two lists it is in is open: what is kept of them will do.
            let begun = if place.may_be_function && place.function.is_some() { "" } else { typed };
            let slugs = async { if place.may_be_function { functions(cx, begun).await } else { Vec::new() } };
            let things = things(cx, line, thing, (typed, begun), &place);
            let (mut slugs, things) = futures_util::future::join(slugs, things).await;
            slugs.extend(things);
            slugs
        }
        Value::Of(thing) => {
            let place = Place::of(cx, line);
            things(cx, line, thing, (typed, typed), &Place { taken: Vec::new(), ..place }).await
        }
    })
}

/// What the words before the cursor say of the one at the cursor.
struct Place<'l> {
    /// The function that the line is about.
    function: Option<Slug>,
    /// The other words.
    taken: Vec<&'l str>,
    may_be_function: bool,
}

impl<'l> Place<'l> {
    /// By the rule of `cli::function`: with `-f` no word is the function; without it the first word
    /// is, if it has the form of a slug.
    fn of(cx: Option<&Context>, line: &'l TypedLine) -> Self {
        let words = || line.words.iter().map(String::as_str);
        if let Some(slug) = line.option("function") {
            return Self { function: Slug::parse(slug), taken: words().collect(), may_be_function: false };
        }
        if let Some(slug) = line.words.first().and_then(|word| Slug::parse(word)) {
            return Self { function: Some(slug), taken: words().skip(1).collect(), may_be_function: false };
        }
        let default = cx.and_then(|cx| cx.default_function().ok().flatten()).map(|(slug, _)| slug);
        Self { function: default, taken: words().collect(), may_be_function: line.words.is_empty() }
    }
}

/// Whether a command takes several words beside the function.
fn takes_many(command: &str) -> bool {
    matches!(command, "tokens revoke" | "tokens disable" | "tokens enable" | "secrets set" | "secrets delete")
}

async fn functions(cx: Option<&Context>, typed: &str) -> Vec<Candidate> {
    platform::list(cx, List::Functions, typed).await.into_iter().map(|item| candidate(item.name, item.note)).collect()
}

/// What a function has, without what is named on the line already. `begun` is the part of a name for
/// which the platform is asked again.
async fn things(
    cx: Option<&Context>,
    line: &TypedLine,
    thing: Thing,
    (typed, begun): (&str, &str),
    place: &Place<'_>,
) -> Vec<Candidate> {
    let Some(slug) = place.function.clone() else { return Vec::new() };
    let items = match thing {
        Thing::Token | Thing::TokenName => platform::list(cx, List::Tokens(slug), begun).await,
        Thing::Deployment => platform::list(cx, List::Deployments(slug), begun).await,
        Thing::Key | Thing::Assignment => platform::list(cx, List::Keys(slug), begun).await,
    };
    let items = items.into_iter().filter(|item| {
        let is_taken = |word: &str| item.name == word || item.id.as_deref() == Some(word);
        !place.taken.iter().any(|word| is_taken(word.split('=').next().unwrap_or(word)))
    });
    match thing {
        Thing::Token => tokens(&items.filter(|item| fits(item, &line.command)).collect::<Vec<_>>(), typed),
        Thing::Assignment => items.map(|item| candidate(format!("{}=", item.name), item.note)).collect(),
        Thing::TokenName => items.filter(is_typable).map(|item| candidate(item.name, item.note)).collect(),
        Thing::Deployment | Thing::Key => items.map(|item| candidate(item.name, item.note)).collect(),
    }
}

/// Whether a command has something to do for a token.
fn fits(token: &Item, command: &str) -> bool {
    match command {
        "tokens enable" => !token.is_active,
        "tokens disable" => token.is_active,
        _ => true,
    }
}

/// A name that a server made up could be taken for an option, or for something else than a name.
fn is_typable(token: &Item) -> bool {
    TokenName::parse(&token.name).is_some() && !token.name.starts_with('-')
}

/// Tokens by their names, and by their ids once one is begun. A name that two of them have, or that
/// cannot be typed, means none: such a token is offered by its id at once.
fn tokens(items: &[Item], typed: &str) -> Vec<Candidate> {
    let (mut names, mut ids) = (Vec::new(), Vec::new());
    let mut count: HashMap<&str, usize> = HashMap::new();
    items.iter().for_each(|item| *count.entry(&item.name).or_default() += 1);
    for item in items {
        let has_name = count.get(item.name.as_str()) == Some(&1) && is_typable(item);
        if has_name {
            names.push(candidate(item.name.clone(), item.note.clone()));
        }
        if let Some(id) = item.id.clone().filter(|_| !has_name || !typed.is_empty()) {
            ids.push(candidate(id, format!("{}, {}", item.name, item.note)));
        }
    }
    names.extend(ids);
    names
}

fn profiles(cx: &Context) -> Vec<Candidate> {
    let Ok(credentials) = cx.credentials() else { return Vec::new() };
    let note = |name: &str, origin: &str| match credentials.active.as_deref() {
        Some(active) if active == name => format!("{origin}, active"),
        _ => origin.to_owned(),
    };
    let named = credentials.profiles.iter().filter(|(name, _)| !name.starts_with('-'));
    named.map(|(name, profile)| candidate(name.clone(), note(name, &profile.api_url))).collect()
}

/// A program that `PATH` finds, for the first word of a command; else a file.
fn command(cx: Option<&Context>, question: &Question) -> Known {
    let typed = question.typed.as_str();
    if let Some(cx) = cx.filter(|_| question.line.behind_dashes == Some(0) && !typed.is_empty() && !typed.contains('/'))
    {
        let programs = programs::named(&cx.env.paths("PATH"), typed);
        if !programs.is_empty() {
            return Known::Words(plain(programs.iter().map(String::as_str)));
        }
    }
    Known::Files { prefix: String::new() }
}

/// A sink: its kind, then what stands behind the colon.
async fn sink(cx: Option<&Context>, typed: &str) -> Known {
    let Some((kind, rest)) = typed.split_once(':') else {
        return Known::Words(
            delivery::forms_and_meanings().map(|(form, does)| candidate(prefix_of(form).to_owned(), does)).collect(),
        );
    };
    match (kind, rest.split_once('/')) {
        ("file" | "dotenv", _) => Known::Files { prefix: format!("{kind}:") },
        ("secret", None) => Known::Words(with_prefix("secret:", functions(cx, rest).await, "/")),
        ("secret", Some((slug, key))) => {
            let Some(function) = Slug::parse(slug) else { return Known::Words(Vec::new()) };
            let keys = platform::list(cx, List::Keys(function), key).await;
            let keys = keys.into_iter().map(|item| candidate(item.name, item.note)).collect();
            Known::Words(with_prefix(&format!("secret:{slug}/"), keys, ""))
        }
        _ => Known::Words(Vec::new()),
    }
}

/// What is typed of every sink of a form: `file:` of `file:PATH`.
fn prefix_of(form: &str) -> &str {
    form.find(':').map_or(form, |colon| &form[..=colon])
}

fn with_prefix(prefix: &str, found: Vec<Candidate>, end: &str) -> Vec<Candidate> {
    let words = found.into_iter();
    words.map(|found| Candidate { word: format!("{prefix}{}{end}", found.word), help: found.help }).collect()
}

/// The words that may follow in the name of something that has a schema.
fn schema_words(before: &[String]) -> Vec<Candidate> {
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    following(&before, commands().map(|name| (name.to_owned(), String::new())))
}

/// The words that may follow `jelou help`, or `help` behind a group.
fn help_words(line: &TypedLine) -> Vec<Candidate> {
    let group = line.command.strip_suffix("help").unwrap_or_default().split_whitespace();
    let before: Vec<&str> = group.chain(line.words.iter().map(String::as_str)).collect();
    let shown = cli::nodes().into_iter().filter(|node| !node.command.is_hide_set());
    let about = |node: &cli::Node| node.command.get_about().map(ToString::to_string).unwrap_or_default();
    let mut found = following(&before, shown.map(|node| (node.name.clone(), about(&node))));
    if before.is_empty() {
        // One of them is a command as well.
        let others = Topic::ALL.iter().filter(|topic| !found.iter().any(|known| known.word == topic.name()));
        found.extend(others.map(|topic| candidate(topic.name().to_owned(), topic.about())).collect::<Vec<_>>());
    }
    found
}

/// The words that follow others in names, each once; with the text of the name that ends there.
fn following(before: &[&str], names: impl Iterator<Item = (String, String)>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for (name, text) in names {
        let words: Vec<&str> = name.split_whitespace().collect();
        let Some(next) = words.get(before.len()).filter(|_| words.starts_with(before)) else { continue };
        let is_whole = words.len() == before.len() + 1;
        if !found.iter().any(|candidate| candidate.word == *next) {
            found.push(candidate((*next).to_owned(), if is_whole { text } else { String::new() }));
        }
    }
    found
}

fn plain<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<Candidate> {
    words.into_iter().map(|word| Candidate { word: word.to_owned(), help: None }).collect()
}

fn candidate(word: String, help: impl Into<String>) -> Candidate {
    let help = help.into();
    Candidate { word, help: (!help.is_empty()).then_some(help) }
}
