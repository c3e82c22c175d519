use std::process::Command;

use super::*;

pub(super) fn read_text(text: &str) -> Result<Vec<(String, String)>, Error> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Ok(read(file.path())?.into_iter().map(|variable| (variable.name, variable.value.to_string())).collect())
}

/// What bash assigns to `A` when it runs the file.
fn bash_reads(text: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let script = format!(". '{}' && printf '%s' \"$A\"", file.path().display());
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{text:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn values_are_what_bash_reads() {
    let table = [
        ("A=b", "b"),
        ("export A=b", "b"),
        ("  export\tA=b  # why", "b"),
        ("A=b\t# why", "b"),
        ("A=b#c", "b#c"),
        ("A=#c", "#c"),
        ("A= # why", ""),
        ("A=b=c", "b=c"),
        ("A=a/b:c~,{d}*?[e]%!^", "a/b:c~,{d}*?[e]%!^"),
        ("A='x \\n $y # z' # why", "x \\n $y # z"),
        (r#"A="x '\"y\"' \$ \` \\ # z"  # why"#, "x '\"y\"' $ ` \\ # z"),
        ("A='one\ntwo=2\n' # why", "one\ntwo=2\n"),
        ("A=\"one\n# two\"", "one\n# two"),
        ("A=", ""),
        ("A=\"\"", ""),
        ("A=é ", "é"),
    ];
    for (line, value) in table {
        let text = format!("# first\n\n{line}\nB=2");
        assert_eq!(read_text(&text).unwrap(), [("A".into(), value.into()), ("B".into(), "2".into())], "{line}");
        assert_eq!(bash_reads(&text), value, "{line}");
    }
}

/// Bash itself takes neither; dotenv libraries do.
#[test]
fn files_of_windows_are_read() {
    for (text, value) in [("\u{feff}A=b\r\nB=2\r\n", "b"), ("A='b\r\nc'\r\nB=2", "b\nc"), ("A=\"b\" # c\r\nB=2", "b")] {
        assert_eq!(read_text(text).unwrap(), [("A".into(), value.into()), ("B".into(), "2".into())], "{text:?}");
    }
}

#[test]
fn what_only_a_shell_could_read_is_refused_by_line_and_key_and_not_repeated() {
    let table = [
        ("hunter2", "not KEY=VALUE"),
        ("export hunter2", "not KEY=VALUE"),
        ("A+=hunter2", "not KEY=VALUE"),
        ("my.key=hunter2", "`my.key` is not a name"),
        ("1A=hunter2", "`1A` is not a name"),
        ("A = hunter2", "`A` has blanks around `=`"),
        ("A= hunter2", "`A` has blanks around `=`"),
        ("A =hunter2", "`A` has blanks around `=`"),
        ("A='hunter2", "`A` has a quote that is not closed"),
        ("A=\"hunter2", "`A` has a quote that is not closed"),
        ("A='hunter2' x", "`A` has text behind the closing quote"),
        ("A='hunter2'x", "`A` has text behind the closing quote"),
        ("A='hunter2'#x", "`A` has text behind the closing quote"),
        ("A=hunter2'x'", "`A` holds blanks or characters"),
        ("A=hunter2 x", "`A` holds blanks or characters"),
        ("A=hunter2;id", "`A` holds blanks or characters"),
        ("A=hunter2&id", "`A` holds blanks or characters"),
        ("A=(hunter2)", "`A` holds blanks or characters"),
        ("A=hunter2\\n", "`A` holds blanks or characters"),
        ("A=hunter2$B", "`A` holds `$`"),
        ("A=hunter2$(id)", "`A` holds `$`"),
        ("A=`hunter2`", "`A` holds `$`"),
        ("A=~/hunter2", "`A` holds `$`"),
        ("A=hunter2:~/x", "`A` holds `$`"),
        ("A=\"hunter2${B}\"", "`A` holds `$`"),
        ("A=\"hunter2`id`\"", "`A` holds `$`"),
        ("A=\"hunter2\\n\"", "`A` holds a backslash"),
        ("A=\"hunter2\\q\"", "`A` holds a backslash"),
        ("A=\"hunter2\\\nx\"", "`A` holds a backslash"),
        ("export A={hunter2,x}", "`A` holds `$`"),
        ("A=hunter2\r", "`A` holds blanks or characters"),
        ("A='hunter2'\r", "`A` has text behind the closing quote"),
        ("A=hunter2\0", "`A` holds a NUL byte"),
        ("A='hunter2\0'", "`A` holds a NUL byte"),
        ("\u{a0}# hunter2", "not KEY=VALUE"),
        ("\u{c}", "not KEY=VALUE"),
        ("A[0]=hunter2", "not KEY=VALUE"),
        ("A=hunter2'", "`A` holds blanks or characters"),
    ];
    for (line, reason) in table {
        let error = read_text(&format!("B='1\n1'\n{line}\n")).unwrap_err();
        assert_eq!(error.exit_status(), 2, "{line}");
        let message = error.message();
        assert!(message.contains("line 3: ") && message.contains(reason), "{line}: {message}");
        assert!(!format!("{error:?}").contains("hunter2"), "{message}");
    }
}

/// The text after `T` was set to `v`.
fn set(before: &str) -> Zeroizing<String> {
    Editable::parse(before, "T").unwrap_or_else(|reason| panic!("{before:?}: {reason}")).set("v")
}

#[test]
fn one_variable_changes_and_every_other_byte_stays() {
    let table = [
        ("", "T=v\n", "an empty file"),
        ("A=1\n", "A=1\nT=v\n", "added at the end"),
        ("A=1", "A=1\nT=v\n", "the last line had no newline"),
        ("A=1\r\n", "A=1\r\nT=v\r\n", "the file's own line ends"),
        ("A=1\nT=old\nB=2\n", "A=1\nT=v\nB=2\n", "replaced where it is"),
        ("T=old", "T=v", "replaced as the last line"),
        ("T=old\r\nA=1\r\n", "T=v\r\nA=1\r\n", "replaced, with the file's own line ends"),
        ("export T=old\n", "export T=v\n", "stays exported"),
        ("export A=1\n# b\n", "export A=1\n# b\nexport T=v\n", "exported as every other variable"),
        ("export A=1\nB=2\n", "export A=1\nB=2\nT=v\n", "the last other variable is not exported"),
        ("A=1\nexport B=2\n", "A=1\nexport B=2\nexport T=v\n", "the last other variable is exported"),
        ("# a\n", "# a\nT=v\n", "there is no other variable"),
        ("  T = 'old' # why\n", "  T=v # why\n", "blanks, which a shell does not take, and a comment"),
        ("export T =\n", "export T=v\n", "blanks and no value"),
        ("T=old # why\n", "T=v # why\n", "a comment behind a bare value"),
        ("T=# no comment\n", "T=v\n", "a `#` that begins no comment"),
        ("T=old\nexport T\n", "T=v\nexport T\n", "exported on a line of its own"),
        ("A=1\r\nT=old\nB=2\n", "A=1\r\nT=v\nB=2\n", "both kinds of line ends"),
        ("A=1\r\nT=old\r\nB=2\n", "A=1\r\nT=v\nB=2\n", "a CR that belongs to the value"),
        ("A=$(x T)\nB=\"${T}\"\nC=$T\n", "A=$(x T)\nB=\"${T}\"\nC=$T\nT=v\n", "others that use it"),
        ("T= # why\n", "T=v # why\n", "a comment behind an empty value"),
        ("T=\n", "T=v\n", "an empty value"),
        ("T=two words\n", "T=v\n", "a value that a shell would not read"),
        ("T=\"a\" b # c\n", "T=v\n", "text behind a quote"),
        ("A=$B ${C} `d`\nT=$(x)\n", "A=$B ${C} `d`\nT=v\n", "expansions of others are left alone"),
        ("T=1\nA=1\nT=2\n", "T=v\nA=1\n", "later ones go"),
        ("# T=old\n", "# T=old\nT=v\n", "a comment is no assignment"),
        ("# K=\"a\nT=old\n# \"\n", "# K=\"a\nT=v\n# \"\n", "a quote in a comment is text"),
        ("TT=1\nexportT=2\n", "TT=1\nexportT=2\nT=v\n", "another name that resembles it"),
        ("T=\"a\nB=2\nc\"\nD=1\n", "T=v\nD=1\n", "a value of several lines goes as a whole"),
        ("K=\"\nT=inside\n\"\n", "K=\"\nT=inside\n\"\nT=v\n", "inside of another value it is text"),
        ("K='a\\'\nT=old\n", "K='a\\'\nT=v\n", "single quotes know no escape"),
        ("K=\"a\\\"\nT=x\"\n", "K=\"a\\\"\nT=x\"\nT=v\n", "double quotes do"),
        ("\u{feff}T=old\n", "\u{feff}T=v\n", "a byte order mark"),
        ("\u{feff}", "\u{feff}T=v\n", "nothing but a byte order mark"),
    ];
    for (before, after, what) in table {
        assert_eq!(set(before).as_str(), after, "{what}");
    }
}

#[test]
fn a_file_is_not_edited_where_it_is_not_certain_what_a_shell_makes_of_it() {
    let table = [
        ("K=\"open\nT=old\n", 1),
        ("B=1\nK=don't\nT=old\nC=won't\n", 2),
        ("K=a\\\nT=old\n", 1),
        ("# c \\\nK=a \\\n", 2),
        ("K=a\"b\nT=old\n\"\n", 1),
        ("K=\"a\"\"b\nT=old\n\"\n", 1),
        ("K=$(x\nT=old\n)\n", 1),
        ("K=\"$(x \"y\nT=old\n\")\"\n", 1),
        ("K=(a\nT=old\n)\n", 1),
        ("K=a`x\nT=old\n`\n", 1),
        ("cat <<E\nT=old\nE\n", 1),
        ("if x; then\nT=old\nfi\n", 1),
        ("f() {\nT=old\n}\n", 1),
        ("T=old\nT+=more\n", 2),
        ("T=old\nT[0]=more\n", 2),
        ("T=old\nunset T\n", 2),
        ("readonly T=old\n", 1),
        ("declare -x T=old\n", 1),
        ("A=1 T=old\n", 1),
        ("export A=1 T=old\n", 1),
        ("A=1; T=old\n", 1),
        ("T=old; A=1\n", 1),
        ("T=old A=1\n", 1),
        ("T=old && x\n", 1),
    ];
    for (text, line) in table {
        let reason = Editable::parse(text, "T").err().unwrap_or_else(|| panic!("{text:?}"));
        assert!(reason.starts_with(&format!("line {line} ")), "{text:?}: {reason}");
        assert!(!reason.contains("old"), "{reason}");
    }
}

#[test]
fn a_variable_gets_its_lines_back_and_what_others_changed_stays() {
    let table = [
        ("A=1\n", "T=v\nA=2\n", Some("A=2\n"), "there was none"),
        ("T=old\n", "T=v\nA=1\n", Some("T=old\nA=1\n"), "there was one"),
        ("T=old # why\n", "T=v # why\nA=1\n", Some("T=old # why\nA=1\n"), "with a comment"),
        ("T=old", "T=v\nA=1\n", Some("T=old\nA=1\n"), "without a newline"),
        ("T=1\nB=1\nT=\"2\n3\"\n", "T=v\n", Some("T=1\nT=\"2\n3\"\n"), "there were several"),
        ("T=old\n", "A=1\nT=v", Some("A=1\nT=old\n"), "its newline was cut off"),
        ("", "T=v\r\nA=1\r\n", Some("A=1\r\n"), "other line ends"),
        ("\u{feff}T=old\n", "\u{feff}T=v\nA=1\n", Some("\u{feff}T=old\nA=1\n"), "a byte order mark"),
        ("T=old\n", "T=w\n", None, "somebody else set it"),
        ("", "# T=v\n", None, "it was commented out"),
    ];
    for (before, now, restored, what) in table {
        let (ours, earlier) = (lines_of(&set(before), "T"), lines_of(before, "T"));
        assert_eq!(replace(now, &ours, &earlier).as_ref().map(|text| text.as_str()), restored, "{what}");
    }
}

#[test]
fn another_reader_finds_the_value() {
    let before = "A='x y'\nexport T=\"a\nb\" # why\n";
    let text = Editable::parse(before, "T").map_err(Error::input).unwrap().set("jfn_rt_a.B-9");
    let read: Vec<_> = dotenvy::from_read_iter(text.as_bytes()).map(Result::unwrap).collect();
    assert_eq!(read, [("A".to_owned(), "x y".to_owned()), ("T".to_owned(), "jfn_rt_a.B-9".to_owned())]);
}
