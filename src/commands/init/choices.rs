//! What a project is to be: flags, else what `jelou.json` says already, else a person.

use crate::api::wire::Slug;
use crate::cli::init::{Args, OnPlatform};
use crate::commands::Context;
use crate::config::project::Project;
use crate::error::Error;
use crate::output::prompt;

/// The longest description of a tool, in characters (docs, Limits).
const LONGEST_DESCRIPTION: usize = 1024;

/// What becomes of the function; the last one leaves it alone.
const MODES: [(&str, Option<OnPlatform>); 3] =
    [("Create new", Some(OnPlatform::Create)), ("Link existing", Some(OnPlatform::Link)), ("Only write files", None)];

pub(super) struct Choices {
    pub(super) slug: Slug,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) mode: Option<OnPlatform>,
}

impl Choices {
    /// Asks for what no flag says, where somebody can be asked.
    ///
    /// # Errors
    /// `INPUT_ERROR` for a slug that is missing and for a description that no function may have;
    /// `CANCELLED` if a question was left.
    pub(super) fn of(cx: &Context, args: &Args, earlier: Option<&Project>) -> Result<Self, Error> {
        let asks = cx.interactivity.can_prompt && !cx.interactivity.assume_yes;
        let slug = match args.slug() {
            Some(slug) => slug.clone(),
            None if asks => ask_for_slug(cx, earlier)?,
            None => match earlier {
                Some(earlier) => earlier.slug.clone(),
                None => return Err(missing_slug(cx)),
            },
        };
        // Those of another function say nothing of this one.
        let same = earlier.filter(|earlier| earlier.slug == slug);
        let known = same.and_then(|earlier| earlier.description.clone());
        let description = match &args.description {
            Some(text) => Some(text.clone()),
            None if asks => prompt::line("Description", known.as_deref())?,
            None => known,
        };
        let description = description.filter(|text| !text.is_empty());
        if let Some(long) = description.as_ref().map(|text| text.chars().count()).filter(|it| *it > LONGEST_DESCRIPTION)
        {
            return Err(Error::input(format!(
                "The description has {long} characters, and {LONGEST_DESCRIPTION} are the most"
            )));
        }
        let mode = match args.mode {
            None if asks => {
                MODES[prompt::pick("Create new or link existing", &MODES.map(|(shown, _)| shown.to_owned()))?].1
            }
            mode => mode,
        };
        let name = args.name.clone().or_else(|| same.and_then(|earlier| earlier.name.clone()));
        Ok(Self { slug, name: name.filter(|name| !name.is_empty()), description, mode })
    }
}

fn missing_slug(cx: &Context) -> Error {
    let why = if cx.interactivity.can_prompt { "`-y` asks for nothing" } else { "nobody can be asked here" };
    Error::input(format!("The function is missing (`--slug SLUG`), and {why}"))
        .with_hint("for example `jelou init --slug my-fn`")
}

/// Asks until the answer is a slug. What the folder is called is proposed if it is one.
fn ask_for_slug(cx: &Context, earlier: Option<&Project>) -> Result<Slug, Error> {
    let folder = cx.folder.file_name().and_then(|name| name.to_str()).and_then(Slug::parse);
    let proposed = earlier.map(|earlier| earlier.slug.clone()).or(folder);
    loop {
        let typed = prompt::line("Function slug", proposed.as_ref().map(Slug::as_str))?.unwrap_or_default();
        match Slug::parse(&typed) {
            Some(slug) => return Ok(slug),
            None => cx.output.say(&format!("`{typed}` is not a slug: {}", Slug::RULE)),
        }
    }
}
