use super::*;

fn read_text(text: &str) -> Result<Vec<(String, String)>, Error> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Ok(read(file.path())?.into_iter().map(|(key, value)| (key, value.expose().to_owned())).collect())
}

#[test]
fn values_are_what_they_say() {
    let table = [
        ("A=b", "b"),
        ("export A=b", "b"),
        (" A = b  # why", "b"),
        ("A=b#c", "b#c"),
        ("A=pa$$word${HOME}", "pa$$word${HOME}"),
        ("A='x \\n $y # z' # why", "x \\n $y # z"),
        (r#"A="x \n\"y\" \$ \\" "#, "x \n\"y\" $ \\"),
        ("A=", ""),
        ("A=\"\"", ""),
        ("A=b=c", "b=c"),
    ];
    for (line, value) in table {
        let text = format!("# first\n\n{line}\r\nB=2");
        assert_eq!(read_text(&text).unwrap(), [("A".into(), value.into()), ("B".into(), "2".into())], "{line}");
    }
}

#[test]
fn a_wrong_line_is_named_and_not_repeated() {
    for line in ["hunter2", "A='hunter2", "A=\"hunter2", "A='hunter2' x", r#"A="hunter2\q""#] {
        let error = read_text(&format!("B=1\n{line}\n")).unwrap_err();
        assert_eq!(error.exit_status(), 2, "{line}");
        assert!(error.message().contains("line 2") && !error.message().contains("hunter2"), "{error}");
    }
}
