//! Words as they are typed: which of the known ones somebody may have meant, and how a shell takes
//! one.

/// More than these would be a list to read.
const MOST: usize = 3;

/// The known words that are nearest to one, the nearest first. Letters, also two that changed places,
/// are counted; case and the kind of dash are not. A word that begins with the other, or holds it,
/// comes behind those that differ by letters alone.
pub(crate) fn nearest<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> Vec<&'k str> {
    let plain = |word: &str| word.to_lowercase().replace('_', "-");
    let typed_plain = plain(typed);
    let length = typed_plain.chars().count();
    if length < 2 {
        return Vec::new();
    }
    // One letter of three may be wrong, two of six; of a short word one.
    let tolerance = (length / 3).max(1);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|word| !word.is_empty() && *word != typed)
        .filter_map(|word| {
            let word_plain = plain(word);
            let distance = strsim::osa_distance(&typed_plain, &word_plain);
            // Two letters that both differ have nothing in common.
            if distance <= tolerance && distance < word_plain.chars().count().min(length) {
                return Some((distance, word));
            }
            let begins = word_plain.starts_with(&typed_plain) || typed_plain.starts_with(&word_plain);
            let holds = length >= 3 && word_plain.contains(&typed_plain);
            (begins || holds).then_some((length + distance, word))
        })
        .collect();
    found.sort_by_key(|(distance, _)| *distance);
    found.dedup_by_key(|(_, word)| *word);
    let best = found.first().map_or(0, |(distance, _)| *distance);
    found.into_iter().take_while(|(distance, _)| *distance <= best + 1).take(MOST).map(|(_, word)| word).collect()
}

/// The nearest of the known words as a hint; nothing if none is near.
pub(crate) fn similar<'k>(what: &str, typed: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    listed(what, &nearest(typed, known))
}

/// Words that may have been meant as a hint; nothing if there are none.
pub(crate) fn listed(what: &str, words: &[&str]) -> Option<String> {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => None,
        [one] => Some(format!("a similar {what} exists: {one}")),
        several => Some(format!("some similar {what}s exist: {}", several.join(", "))),
    }
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    // Only a NUL cannot be quoted, which no argument holds.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_comes_first() {
        let verbs = ["create", "list", "regenerate", "revoke", "rotate", "recover", "verify", "rm", "ls"];
        for (typed, expected) in [
            ("creat", &["create"][..]),
            ("crate", &["create"]),
            ("rotae", &["rotate"]),
            ("ROTATE", &["rotate"]),
            ("lsit", &["list"]),
            ("sl", &["ls"]),
            ("rev", &["revoke"]),
            ("creates", &["create"]),
            ("generate", &["regenerate"]),
            ("nothing-of-the-kind", &[]),
            ("xy", &[]),
            ("x", &[]),
            ("", &[]),
        ] {
            assert_eq!(nearest(typed, verbs), expected, "{typed}");
        }
        assert_eq!(nearest("ci_deploy", ["cd-deploy", "ci-deploy"]), ["ci-deploy", "cd-deploy"]);
        assert_eq!(nearest("deploy", ["ci-deploy", "default"]), ["ci-deploy"]);
        assert_eq!(nearest("pr-1", ["pr-2", "pr-3", "pr-4", "pr-5"]).len(), MOST);
    }

    #[test]
    fn a_hint_names_one_or_several() {
        assert_eq!(similar("profile", "stagin", ["staging"]).as_deref(), Some("a similar profile exists: `staging`"));
        let several = similar("token", "ci-3", ["ci-1", "ci-2"]);
        assert_eq!(several.as_deref(), Some("some similar tokens exist: `ci-1`, `ci-2`"));
        assert_eq!(similar("token", "zzz", ["ci-1"]), None);
    }
}
