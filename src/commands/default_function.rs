//! The function that a command is about, and what the words of its line were taken for.

use super::Context;
use crate::api::wire::Slug;
use crate::cli::function::ChosenFunction;
use crate::config::env;
use crate::config::project::{FILE, Project};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::prompt;
use crate::typed_word;

impl Context {
    /// The function: the one named, else `JELOU_FUNCTION`, else that of `jelou.json` of this folder
    /// or the nearest parent, else the one that a person picks. Nobody picks one for words that may
    /// have meant another.
    ///
    /// # Errors
    /// `INPUT_ERROR` for what is not a slug, `MISSING_FUNCTIONS_PROJECT` if nothing names one.
    pub(crate) async fn function(&self, chosen: ChosenFunction) -> Result<Slug, Error> {
        let ChosenFunction { slug, reading } = chosen;
        if let Some(reading) = reading.as_ref().filter(|reading| reading.is_doubtful) {
            let _ = self.so_far.reading.set(reading.text.clone());
        }
        if let Some(slug) = slug {
            self.is_about(&slug);
            self.tell("function", format_args!("{slug} (the command line)"));
            return Ok(slug);
        }
        if let Some((slug, origin)) = self.default_function()? {
            self.tell("function", format_args!("{slug} ({origin})"));
            let reading = self.so_far.reading.get().map(|reading| format!("{reading}; ")).unwrap_or_default();
            self.is_about(&slug);
            self.so_far.default_of.set(Some(format!("{reading}the function `{slug}` is that of {origin}")));
            return Ok(slug);
        }
        if self.interactivity.can_prompt && reading.is_none() {
            let functions = self.control()?.functions().await?.value;
            let slugs: Vec<Slug> = functions.into_iter().map(|function| function.slug).collect();
            if !slugs.is_empty() {
                let shown: Vec<String> = slugs.iter().map(Slug::to_string).collect();
                return prompt::pick("Which function", &shown).map(|index| slugs[index].clone());
            }
        }
        let message = match reading {
            Some(reading) => format!("{}; no function is named, and there is no `jelou.json`", reading.text),
            None => "No function is named, and there is no `jelou.json`".to_owned(),
        };
        Err(Error::new(ErrorCode::MissingFunctionsProject, message).with_hint(
            "name it before the other words or with `-f`, set `JELOU_FUNCTION`, or change to the function's folder",
        ))
    }

    /// Notes which function the command is about.
    pub(crate) fn is_about(&self, slug: &Slug) {
        let _ = self.so_far.function.set(slug.clone());
    }

    /// Adds to the error of something that does not exist which functions have a similar slug, if
    /// the function is what does not exist. Only a person at a terminal is worth the request.
    pub(crate) async fn with_similar_functions(&self, error: Error) -> Error {
        let of_control_plane = error.code() == ErrorCode::NotFound && error.request_id().is_some();
        let (Some(slug), true, true) = (self.so_far.function.get(), of_control_plane, self.interactivity.can_prompt)
        else {
            return error;
        };
        let Ok(control) = self.control() else { return error };
        let Ok(functions) = control.functions().await else { return error };
        if functions.value.iter().any(|function| function.slug == *slug) {
            return error;
        }
        let known = functions.value.iter().map(|function| function.slug.as_str());
        match typed_word::similar("function", slug.as_str(), known) {
            Some(hint) => error.with_first_hint(hint),
            None => error.with_hint("`jelou functions list` shows the functions"),
        }
    }

    /// Says which function commands are about that name none.
    pub(super) fn tell_default_function(&self) {
        match self.default_function() {
            Ok(Some((slug, origin))) => self.tell("function", format_args!("{slug} ({origin})")),
            Ok(None) => self.tell("function", "none (nothing names one)"),
            Err(error) => self.tell("function", format_args!("none ({error})")),
        }
    }

    /// The function that the line does not name, and what does.
    pub(super) fn default_function(&self) -> Result<Option<(Slug, String)>, Error> {
        if let Some(slug) = self.env.text(env::JELOU_FUNCTION) {
            let slug = Slug::parse(slug).ok_or_else(|| {
                Error::input(format!("`{}`: `{slug}` is not a slug: {}", env::JELOU_FUNCTION, Slug::RULE))
            })?;
            return Ok(Some((slug, format!("`{}`", env::JELOU_FUNCTION))));
        }
        let project = Project::nearest(&self.folder)?;
        Ok(project.map(|(folder, project)| (project.slug, folder.join(FILE).display().to_string())))
    }

    /// Adds to the error of something that does not exist what the words were taken for.
    pub(crate) fn with_reading(&self, error: Error) -> Error {
        if error.code() != ErrorCode::NotFound {
            return error;
        }
        if let Some(default) = self.so_far.default_of.take() {
            return error.with_hint(default);
        }
        match self.so_far.reading.get() {
            Some(reading) => error.with_hint(format!("{reading}; `-f SLUG` names the function in every case")),
            None => error,
        }
    }
}
