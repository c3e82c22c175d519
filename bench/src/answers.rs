//! What the server says. Lists are made once, so that an answer costs it nothing.

use std::collections::HashMap;

use bytes::Bytes;

/// The value of the token that is created.
pub const VALUE: &str = "jfn_rt_abc1Zk3vQ9tLx7WmR2pYs5HdNgUe8";
/// How many tokens the functions have whose tokens are listed.
pub const LENGTHS: [usize; 2] = [1_000, 100_000];
/// The most that a page holds.
const PAGE: usize = 1_000;

/// The tokens of a function: in pages for who asks with `limit`, and as one document.
struct List {
    pages: Vec<Bytes>,
    document: Bytes,
}

/// All answers.
pub struct Answers {
    created: Bytes,
    lists: HashMap<String, List>,
}

/// The slug of the function that has so many tokens.
pub fn slug(length: usize) -> String {
    format!("fn-{length}")
}

/// The id of a token.
pub fn id(number: usize) -> String {
    format!("tok_{number:020}")
}

impl Answers {
    pub fn new() -> Self {
        let token = token("my-fn", &id(1), "ci");
        let fields = token.strip_suffix('}').unwrap_or(&token);
        let created = format!(r#"{fields},"token":"{VALUE}","deployment":{}}}"#, deployment("my-fn"));
        let lists = LENGTHS.map(|length| (slug(length), List::new(&slug(length), length)));
        Self { created: created.into(), lists: lists.into() }
    }

    pub fn created(&self) -> Bytes {
        self.created.clone()
    }

    /// Nothing if there is no such function, or no such page.
    pub fn list(&self, slug: &str, query: Option<&str>) -> Option<Bytes> {
        let list = self.lists.get(slug)?;
        let mut parameters = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('=')).peekable();
        if parameters.peek().is_none() {
            return Some(list.document.clone());
        }
        let page = parameters.find(|(name, _)| *name == "cursor").map_or(Some(0), |(_, page)| page.parse().ok())?;
        list.pages.get(page).cloned()
    }
}

impl List {
    fn new(slug: &str, length: usize) -> Self {
        let tokens: Vec<String> =
            (0..length).map(|number| token(slug, &id(number), &format!("ci-{number:06}"))).collect();
        let pages = tokens.chunks(PAGE).enumerate().map(|(number, tokens)| {
            let next = (number + 1) * PAGE < length;
            page(tokens, next.then_some(number + 1))
        });
        Self { pages: pages.collect(), document: page(&tokens, None) }
    }
}

fn page(tokens: &[String], next: Option<usize>) -> Bytes {
    let next = next.map_or_else(|| "null".to_owned(), |page| format!(r#""{page}""#));
    format!(r#"{{"items":[{}],"next_cursor":{next}}}"#, tokens.join(",")).into()
}

fn token(slug: &str, id: &str, name: &str) -> String {
    // Every third was never used.
    let used = if id.ends_with(['0', '3', '6', '9']) { "null" } else { r#""2026-05-02T08:30:00Z""# };
    format!(
        r#"{{"id":"{id}","name":"{name}","prefix":"jfn_rt_abc1","function":"{slug}","status":"active","created_at":"2026-04-01T10:00:00Z","last_used_at":{used},"expires_at":null,"replaced_by":null}}"#
    )
}

fn deployment(slug: &str) -> String {
    format!(
        r#"{{"id":"dep_00000000000000000001","function":"{slug}","status":"queued","reason":"token","created_at":"2026-05-02T08:30:00Z","live_at":null,"error":null,"files":[],"superseded_by":null}}"#
    )
}

/// The answer to a DELETE of a token.
pub fn revoked(slug: &str, id: &str) -> Bytes {
    format!(r#"{{"id":"{id}","name":"ci-{id}","revoked":true,"deployment":{}}}"#, deployment(slug)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every id once, from the first page to the last.
    #[test]
    fn pages_lead_to_each_other() {
        let answers = Answers::new();
        for length in LENGTHS {
            let whole: serde_json::Value = serde_json::from_slice(&answers.list(&slug(length), None).unwrap()).unwrap();
            let (mut items, mut query) = (Vec::new(), "limit=1000".to_owned());
            loop {
                let page = answers.list(&slug(length), Some(&query)).unwrap();
                let page: serde_json::Value = serde_json::from_slice(&page).unwrap();
                items.extend(page["items"].as_array().unwrap().clone());
                let Some(next) = page["next_cursor"].as_str() else { break };
                query = format!("limit=1000&cursor={next}");
            }
            assert_eq!(items.len(), length);
            assert_eq!(&items, whole["items"].as_array().unwrap());
        }
        assert!(answers.list(&slug(1_000), Some("cursor=7")).is_none() && answers.list("my-fn", None).is_none());
    }
}
