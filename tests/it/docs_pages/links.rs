//! Links inside of the repository: the file is there, and the heading in it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::support::markdown::{anchors, links};
use crate::support::repository::{files, path, read};

/// Every page for people.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(str::to_owned).into();
    pages.extend(files("docs", ".md"));
    pages
}

/// The file that a link of a page leads to, as a path in the repository, and the heading in it.
fn target(page: &str, link: &str) -> (String, Option<String>) {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    if file.is_empty() {
        return (page.to_owned(), anchor.map(str::to_owned));
    }
    let mut joined = PathBuf::new();
    for part in Path::new(page).parent().unwrap().join(file).components() {
        match part {
            Component::ParentDir => assert!(joined.pop(), "{page}: `{link}` leaves the repository"),
            other => joined.push(other),
        }
    }
    (joined.display().to_string(), anchor.map(str::to_owned))
}

/// What is wrong with the links of a page.
fn broken(page: &str, text: &str) -> Vec<String> {
    let inside = links(text).into_iter().filter(|link| !link.starts_with("https://"));
    inside
        .filter(|link| {
            let (file, anchor) = target(page, link);
            let exists = file == page || path(&file).exists();
            let is_there =
                |anchor: String| anchors(&if file == page { text.to_owned() } else { read(&file) }).contains(&anchor);
            !exists || anchor.is_some_and(|anchor| !is_there(anchor))
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut count = 0;
    for page in pages() {
        let text = read(&page);
        assert_eq!(broken(&page, &text), Vec::<String>::new(), "{page}");
        count += links(&text).len();
    }
    assert!(count > 30, "{count} links are looked at");
}

#[test]
fn a_link_to_nothing_is_found() {
    let text = "# A\n[a](#a) [b](#b) [c](../README.md#try-it) [d](../README.md#no) [e](no.md) [f](https://no)\n";
    assert_eq!(broken("docs/made-up.md", text), ["#b", "../README.md#no", "no.md"]);
}

/// A page that no other one leads to is not found by anybody.
#[test]
fn every_page_is_reached_from_the_index() {
    let all = files("docs", ".md");
    let mut reached = BTreeSet::from(["docs/README.md".to_owned()]);
    let mut next = vec!["docs/README.md".to_owned()];
    while let Some(page) = next.pop() {
        for link in links(&read(&page)).iter().filter(|link| !link.starts_with("https://")) {
            let (file, _) = target(&page, link);
            if all.contains(&file) && reached.insert(file.clone()) {
                next.push(file);
            }
        }
    }
    let missing: Vec<String> = all.into_iter().filter(|page| !reached.contains(page)).collect();
    assert_eq!(missing, Vec::<String>::new());
    let readme = links(&read("README.md"));
    assert!(readme.iter().any(|link| link == "docs/README.md"), "the README leads there");
}
