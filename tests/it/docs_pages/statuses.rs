//! `docs/exit-codes.md` says of every status, and of no other one, what a script does.

use crate::support::repository::read;

#[test]
fn the_page_says_what_to_do_at_every_status() {
    let page = read("docs/exit-codes.md");
    let (_, section) = page.split_once("## What a script does\n").expect("the section");
    let section = section.split("\n## ").next().unwrap();
    let rows: Vec<Vec<&str>> = section
        .lines()
        .filter(|line| line.starts_with("| ") && line[2..].starts_with(|c: char| c.is_ascii_digit()))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let told: Vec<(String, String)> =
        rows.iter().map(|row| (row[0].to_owned(), row[1].trim_matches('`').to_owned())).collect();
    let table: Vec<(String, String)> =
        jelou::exit::table().iter().map(|row| (row.status.to_string(), row.code.to_owned())).collect();
    assert_eq!(told, table);
    assert!(rows.iter().all(|row| row.len() == 4 && row[2..].iter().all(|cell| !cell.is_empty())), "{rows:?}");
}
