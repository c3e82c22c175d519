//! `jelou.json`: which function a folder holds, in the vendor's format (docs: `function`, `id`,
//! `entrypoint`, `$schema`).

use std::fmt::Formatter;
use std::path::{Path, PathBuf};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::api::wire::Slug;
use crate::api::wire::limits::DEFAULT_ENTRYPOINT;
use crate::error::Error;
use crate::files;

pub const FILE: &str = "jelou.json";

/// What a `jelou.json` says. It never sets a URL: a cloned repository must not choose where
/// credentials go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    pub slug: Slug,
    /// The function's id, as the vendor's CLI writes it.
    pub id: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    /// The file that the platform starts, relative to the folder, without `./` before it.
    pub entrypoint: String,
    /// Keys that nothing reads, for a warning.
    pub unknown_keys: Vec<String>,
}

/// The keys and values of a JSON object, repeated ones too.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

impl Project {
    /// Reads the `jelou.json` of a folder; nothing if there is none. A byte order mark is skipped.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(FILE);
        if path.exists() && !path.is_file() {
            return Err(Error::input(format!("{} is not a file", path.display())));
        }
        match files::read_text(&path) {
            Ok(text) => Self::parse(&text, &path).map(Some),
            Err(_) if path.is_symlink() && !path.exists() => {
                Err(Error::input(format!("{} is a symbolic link that leads nowhere", path.display())))
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(error) => Err(Error::input(format!("Could not read {}", path.display())).caused_by(error)),
        }
    }

    /// As [`Project::read`], of the folder or of the nearest parent that has one.
    pub fn nearest(folder: &Path) -> Result<Option<(PathBuf, Self)>, Error> {
        for folder in folder.ancestors() {
            if let Some(project) = Self::read(folder)? {
                return Ok(Some((folder.to_owned(), project)));
            }
        }
        Ok(None)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let wrong = |what: String| Error::input(format!("{}: {what}", path.display()));
        let Entries(entries) =
            serde_json::from_str(text).map_err(|cause| wrong(format!("not a JSON object: {cause}")))?;
        let mut object = Map::new();
        for (key, value) in entries {
            if object.insert(key.clone(), value).is_some() {
                return Err(wrong(format!("`{key}` is there twice")));
            }
        }
        let mut text_of = |key: &str| match object.shift_remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(format!("`{key}` is not a text"))),
        };
        let slug = match (text_of("function")?, text_of("slug")?) {
            (Some(function), Some(slug)) if function != slug => {
                return Err(wrong(format!("`function` is `{function}` and its older spelling `slug` is `{slug}`")));
            }
            (Some(slug), _) | (None, Some(slug)) => slug,
            (None, None) => {
                return Err(wrong("`function` is missing, which names the function by its slug".to_owned()));
            }
        };
        // Written by the vendor's CLI; nothing here needs it.
        text_of("$schema")?;
        let id = text_of("id")?;
        let name = text_of("name")?;
        let description = text_of("description")?;
        let entrypoint = text_of("entrypoint")?.unwrap_or_else(|| DEFAULT_ENTRYPOINT.to_owned());
        // `./index.ts` is `index.ts`.
        let entrypoint = entrypoint.strip_prefix("./").unwrap_or(&entrypoint).to_owned();
        let slug = Slug::parse(&slug).ok_or_else(|| wrong(format!("`{slug}` is not a slug: {}", Slug::RULE)))?;
        Ok(Self { slug, id, name, description, entrypoint, unknown_keys: object.keys().cloned().collect() })
    }
}

#[cfg(test)]
#[path = "project/properties.rs"]
mod properties;
