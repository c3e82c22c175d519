//! Logs in the shapes of real CI systems, made around the sandbox's own values: stamps, groups,
//! colours and prefixes before the text, and values as programs write them there.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{rows, shows_no_value, value, whois, with_tokens};

/// GitHub's downloaded logs: a byte order mark, a stamp of 100 ns before each line, groups, colours,
/// and masks that did their work.
fn github(token: &str) -> String {
    format!(
        "\u{feff}2026-11-27T03:12:45.1234567Z ##[group]Run ./deploy.sh\n\
         2026-11-27T03:12:45.1239999Z \u{1b}[36;1m./deploy.sh --token ***\u{1b}[0m\n\
         2026-11-27T03:12:45.1300000Z shell: /usr/bin/bash -e {{0}}\n\
         2026-11-27T03:12:45.1310000Z env:\n\
         2026-11-27T03:12:45.1310001Z   JELOU_FUNCTION_TOKEN: ***\n\
         2026-11-27T03:12:45.1320000Z ##[endgroup]\n\
         2026-11-27T03:12:46.0000000Z > X-Jelou-Token: \u{1b}[33m{token}\u{1b}[0m\n\
         2026-11-27T03:12:46.1000000Z ##[error]Process completed with exit code 1.\n"
    )
}

/// GitLab's trace: sections with carriage returns and erased lines.
fn gitlab(token: &str) -> String {
    format!(
        "\u{1b}[0KRunning with gitlab-runner 17.5.0 (abcdef01)\u{1b}[0;m\r\n\
         section_start:1764212765:step_script\r\u{1b}[0K\u{1b}[0K\u{1b}[36;1mExecuting \"step_script\"\u{1b}[0;m\r\n\
         \u{1b}[32;1m$ curl -H \"X-Jelou-Token: {token}\" https://my-function.fn.jelou.ai\u{1b}[0;m\r\n\
         section_end:1764212770:step_script\r\u{1b}[0K\u{1b}[31;1mERROR: Job failed: exit code 1\r\n"
    )
}

fn azure(token: &str) -> String {
    format!(
        "2026-11-27T03:12:45.1234567Z ##[section]Starting: Bash\n\
         2026-11-27T03:12:45.2000000Z Generating script.\n\
         2026-11-27T03:12:45.3000000Z ##vso[task.setvariable variable=TOKEN]{token}\n\
         2026-11-27T03:12:45.4000000Z ##[debug]Processed: ##vso[task.setvariable variable=TOKEN]***\n\
         2026-11-27T03:12:45.5000000Z ##[section]Finishing: Bash\n"
    )
}

/// Jenkins: a stamp in brackets, console notes in hidden sequences, and the line of `set -x`.
fn jenkins(token: &str) -> String {
    format!(
        "Started by user \u{1b}[8mha:////4AbCdEf+base64/of+a/note==\u{1b}[0mAdmin\n\
         [2026-11-27T03:12:45.123Z] [Pipeline] sh\n\
         [2026-11-27T03:12:45.456Z] + curl -sf -H X-Jelou-Token: {token} https://my-function.fn.jelou.ai/\n\
         Finished: FAILURE\n"
    )
}

fn compose(token: &str) -> String {
    format!(
        "\u{1b}[36mapi-1     |\u{1b}[0m {{\"level\":\"info\",\"headers\":{{\"x-jelou-token\":\"{token}\"}},\"msg\":\"a \\\"call\\\"\"}}\n\
         \u{1b}[33mworker-1  |\u{1b}[0m waiting\n"
    )
}

/// Buildkite's stamps are sequences of their own.
fn buildkite(token: &str) -> String {
    format!(
        "\u{1b}_bk;t=1764212765123\u{7}~~~ Running commands\r\n\u{1b}_bk;t=1764212765456\u{7}export TOKEN={token}\r\n"
    )
}

/// An access log, with the value in a query.
fn access(token: &str) -> String {
    let query = format!("next=/a?token={token}&x=1").replace(['/', '?', '='], "%3F").replace('_', "%5F");
    format!("10.0.0.1 - - [27/Nov/2026:03:12:45 +0000] \"GET /login?{query} HTTP/1.1\" 302 0\n")
}

/// What a proxy's log shows of basic authentication.
fn basic(token: &str) -> String {
    format!("> Authorization: Basic {}\n< 401\n", STANDARD.encode(format!("jelou:{token}")))
}

/// The middle part of a JSON Web Token.
fn web_token(token: &str) -> String {
    let claims = URL_SAFE_NO_PAD.encode(format!("{{\"sub\":\"ci\",\"t\":\"{token}\"}}"));
    format!("Set-Cookie: session=eyJhbGciOiJub25lIn0.{claims}.c2lnbmF0dXJl; Path=/\n")
}

/// A document that another program printed as a string.
fn nested_json(token: &str) -> String {
    let escaped = token.replace('j', "\\\\u006a").replace('_', "\\\\u005F");
    format!("{{\"log\":\"{{\\\"token\\\":\\\"{escaped}\\\"}}\\n\",\"stream\":\"stdout\"}}\n")
}

/// `> log.txt` of Windows PowerShell.
fn utf_16(token: &str) -> Vec<u8> {
    format!("\u{feff}Token: {token}\r\nDone\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_value_is_found_in_the_log_of_each_system() {
    let ci = value("ciii", 'x');
    for (name, log, line) in [
        ("GitHub", github(&ci), 7),
        ("GitLab", gitlab(&ci), 3),
        ("Azure", azure(&ci), 3),
        ("Jenkins", jenkins(&ci), 3),
        ("compose", compose(&ci), 1),
        ("Buildkite", buildkite(&ci), 2),
        ("access", access(&ci), 1),
        ("basic", basic(&ci), 1),
        ("JWT", web_token(&ci), 1),
        ("JSON", nested_json(&ci), 1),
    ] {
        let cli = with_tokens(&[("alpha", "ci", &ci)]);
        let ran = cli.jelou_with_stdin(&["tokens", "whois", "--check", "--json", "-v"], &log).ended(12);
        assert_eq!(rows(&ran.json()), ["alpha/ci true"], "{name}");
        shows_no_value(&cli, &ran, &[&ci]);
        let table = cli.jelou_with_stdin(&["tokens", "whois"], &log).ended(0).stdout;
        assert!(table.lines().nth(1).is_some_and(|row| row.contains(&format!("   {line} "))), "{name}: {table}");
    }
}

#[test]
fn logs_need_not_be_utf_8() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let latin = [b"caf\xe9 \xff\xfe ".as_slice(), ci.as_bytes(), b"\x80\xe9\n"].concat();
    for log in [utf_16(&ci), latin] {
        let mut command = cli.command(&["tokens", "whois", "--json"]);
        let ran = crate::support::cli::Ran::of(command.write_stdin(log)).ended(0);
        assert_eq!(rows(&ran.json()), ["alpha/ci true"]);
    }
}

/// What a run of ours leaves in a log: prefixes and masks, and no value.
#[test]
fn the_programs_own_output_holds_nothing() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    let script = "{ jelou tokens list alpha; jelou tokens info alpha ci; jelou tokens create alpha --name new --to file:t; \
                  jelou tokens revoke alpha ci -y; } > log 2>&1; cat log";
    let log = cli.bash(script).ended(0).stdout;
    assert!(log.contains("jfn_rt_sbx_ciii"), "{log}");
    assert_eq!(whois(&cli, &["--check"], &log, 0)["data"], serde_json::json!([]));
}

/// A gigabyte must not be kept, so 64 MB are read with 30 MB to keep.
#[test]
#[cfg(target_os = "linux")]
fn a_long_log_is_read_in_little_memory() {
    let ci = value("ciii", 'x');
    let cli = with_tokens(&[("alpha", "ci", &ci)]);
    cli.write("line", format!("{}\n", "a long line of a log ".repeat(50)));
    let script = format!(
        "ulimit -d 30000; {{ yes \"$(cat line)\" | head -c 64000000; echo; echo {ci}; yes | head -c 1000; }} | jelou tokens whois --json"
    );
    assert_eq!(rows(&cli.bash(&script).ended(0).json()), ["alpha/ci true"]);
}
