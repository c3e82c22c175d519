//! The help: short and long, by task, in the width of the screen, with topics; and what a command
//! line without a verb gets.

use jelou::cli;
use jelou::cli::topics::Topic;

use crate::support::cli::Cli;
use crate::support::terminal::AtTerminal;

/// The commands that take a verb.
const GROUPS: [&str; 10] = [
    "",
    "tokens",
    "functions",
    "deployments",
    "secrets",
    "auth",
    "sandbox",
    "functions tokens",
    "functions secrets",
    "functions deployments",
];

fn words(line: &str) -> Vec<&str> {
    line.split(' ').filter(|word| !word.is_empty()).collect()
}

#[test]
fn a_line_without_a_verb_gets_the_short_help_on_stderr() {
    let cli = Cli::new();
    for group in GROUPS {
        for flags in [&[][..], &["-q"], &["--no-input"]] {
            let ran = cli.jelou(&[&words(group)[..], flags].concat()).ended(2);
            assert_eq!(ran.stdout, "", "{group}");
            let help = cli.jelou(&[&words(group)[..], &["-h"]].concat()).ended(0);
            assert_eq!(help.stderr, "", "{group}");
            let error = ran.stderr.strip_prefix(&help.stdout).unwrap_or_else(|| panic!("{group}: {ran:?}"));
            assert!(error.starts_with("\nerror: A command is missing (INPUT_ERROR, exit 2)\n"), "{group}: {error}");
        }
        let ran = cli.jelou(&[&words(group)[..], &["--json"]].concat()).ended(2);
        assert_eq!(ran.json()["error"]["code"], "INPUT_ERROR", "{group}");
        assert!(!ran.stderr.contains("Usage:"), "{ran:?}");
        let ran = cli.jelou(&[&words(group)[..], &["--agent"]].concat()).ended(2);
        assert_eq!((ran.json()["data"].clone(), ran.stderr.as_str()), (false.into(), ""), "{group}");
        let ran = cli.jelou(&[&words(group)[..], &["--jq", ".data"]].concat()).ended(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.contains("Usage:"), "{ran:?}");
    }
    assert!(cli.sandbox.requests().is_empty());
}

#[test]
fn the_short_help_lacks_what_every_command_takes_and_the_long_one_has_it() {
    let cli = Cli::new();
    for node in cli::nodes() {
        let short = cli.jelou(&[&words(&node.name)[..], &["-h"]].concat()).ended(0).stdout;
        let long = cli.jelou(&[&words(&node.name)[..], &["--help"]].concat()).ended(0).stdout;
        assert!(!short.contains("--api-url") && short.contains("see more with '--help'"), "{}: {short}", node.name);
        let among_others = cli.jelou(&[&words(&node.name)[..], &["-qh"]].concat()).ended(0).stdout;
        assert_eq!(among_others, short, "{}", node.name);
        for global in ["--json", "--api-url <URL>", "[env: JELOU_API_URL]", "--request-timeout", "-v, --verbose"] {
            assert!(long.contains(global), "{}: no {global}", node.name);
        }
        let options = short.find("Options:").unwrap();
        assert!(short.find("Example").is_none_or(|examples| examples < options), "{}: examples first", node.name);
        assert_eq!(
            short.contains("A DURATION is"),
            short.contains("<DURATION>") || short.contains(" [DURATION]"),
            "{}",
            node.name
        );
        let asked = cli.jelou(&[&["help"], &words(&node.name)[..]].concat()).ended(0);
        // A topic of the same name says what the help of the group says, and more.
        if node.name != "sandbox" {
            // What is spelled in two ways is explained under the shorter name.
            let long = cli.jelou(&[&words(cli::canonical(&node.name))[..], &["--help"]].concat()).ended(0).stdout;
            assert_eq!((asked.stdout, asked.stderr), (long, String::new()), "{}", node.name);
        }
    }
    let below = cli.jelou(&["tokens", "help", "create"]).ended(0).stdout;
    assert_eq!(below, cli.jelou(&["tokens", "create", "--help"]).ended(0).stdout);
    assert_eq!(
        cli.jelou(&["help", "token", "rm"]).ended(0).stdout,
        cli.jelou(&["tokens", "revoke", "--help"]).ended(0).stdout
    );
}

#[test]
fn a_flag_names_its_variable_where_the_variable_counts() {
    let cli = Cli::new();
    let help = |line: &str| cli.jelou(&[&words(line)[..], &["-h"]].concat()).ended(0).stdout;
    assert!(help("tokens list").contains("[env: JELOU_FUNCTION]"));
    for line in ["functions delete", "functions create", "init", "deploy"] {
        assert!(!help(line).contains("[env: JELOU_FUNCTION]"), "{line}");
    }
}

/// Every command of the program stands under a task, and nowhere twice.
#[test]
fn the_program_shows_its_commands_by_task() {
    let cli = Cli::new();
    let help = cli.jelou(&["--help"]).ended(0).stdout;
    for node in cli::nodes().iter().filter(|node| !node.name.is_empty() && !node.name.contains(' ')) {
        let lines: Vec<&str> = help.lines().filter(|line| line.starts_with(&format!("  {} ", node.name))).collect();
        assert_eq!(lines.len(), if node.name == "sandbox" { 2 } else { 1 }, "{}: {lines:?}", node.name);
        assert!(lines.iter().any(|line| line.contains(&node.command.get_about().unwrap().to_string()[..10])));
    }
    let places = ["Examples:", "Tokens:", "Functions:", "Account:", "Sandbox:", "Reference:", "Topics", "Options:"];
    let found: Vec<usize> = places.iter().map(|place| help.find(&format!("\n{place}")).expect(place)).collect();
    assert!(found.is_sorted(), "{found:?}");
    assert!(!help.contains("NOT_LIVE"), "the exit statuses are a topic");
}

#[test]
fn topics_are_made_from_the_tables() {
    let cli = Cli::new();
    let topic = |name: &str| {
        let ran = cli.jelou(&["help", name]).ended(0);
        assert_eq!(ran.stderr, "");
        ran.stdout
    };
    for name in Topic::ALL.map(Topic::name) {
        let text = topic(name);
        assert!(text.contains("Examples:\n  ") && !text.contains("\n\n\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
    let codes = topic("exit-codes");
    for row in jelou::exit::table() {
        let line = format!("  {:>3}  {}", row.status, row.code);
        assert!(codes.contains(line.trim_end()), "{line:?}");
    }
    let environment = topic("environment");
    assert!(jelou::config::env::ALL.iter().all(|variable| environment.contains(&format!("\n  {} ", variable.name))));
    let sinks = topic("sinks");
    for form in jelou::delivery::markdown().lines().skip(2).map(|line| line.split('`').nth(1).unwrap().to_owned()) {
        assert!(sinks.contains(&format!("\n  {form} ")), "{form}");
    }
    let sandbox = topic("sandbox");
    for child in cli::nodes().iter().filter_map(|node| node.name.strip_prefix("sandbox ").map(str::to_owned)) {
        assert!(sandbox.contains(&format!("\n  {child} ")), "{child}: {sandbox}");
    }
    assert_eq!(topic("Exit_Code"), codes);
    assert_eq!(topic("sink"), sinks);
    let unknown = cli.jelou(&["help", "exit-cods"]).ended(2);
    assert!(unknown.stdout.is_empty() && unknown.stderr.contains("`exit-codes`"), "{unknown:?}");
    let unknown = cli.jelou(&["help", "tokens", "creat", "--json"]).ended(2).json();
    assert_eq!(
        unknown["error"]["hint"],
        "a similar command or topic exists: `tokens create`; `jelou --help` shows both"
    );
}

/// What the environment says wrong does not keep anybody from reading.
#[test]
fn help_needs_no_settings() {
    let mut cli = Cli::new();
    cli.set("JELOU_OUTPUT", "yaml").set("JELOU_API_URL", "no url").set("JELOU_RETRIES", "x");
    for line in ["help", "help jq", "--help", "tokens create -h", "help tokens"] {
        let ran = cli.jelou(&words(line)).ended(0);
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty(), "{line}: {ran:?}");
    }
}

#[test]
fn help_is_as_wide_as_the_screen() {
    let mut cli = Cli::new();
    for width in [40, 60, 80, 100, 200] {
        cli.set("COLUMNS", &width.to_string());
        for line in
            ["--help", "tokens list --help", "help environment", "help exit-codes", "help sandbox", "help sinks"]
        {
            let help = cli.jelou(&words(line)).ended(0).stdout;
            let widest = help.lines().map(|line| line.trim_end().chars().count()).max();
            // A word is not broken, and the usage and the first column stand as they are.
            assert!(widest.is_some_and(|widest| widest <= width.clamp(60, 100)), "{width} {line}: {widest:?}\n{help}");
        }
    }
}

#[test]
fn help_has_colours_where_colours_are_on() {
    let mut cli = Cli::new();
    for line in ["--help", "tokens create -h", "help ci", "help tokens list"] {
        let plain = cli.jelou(&words(line)).ended(0).stdout;
        assert!(!plain.contains('\u{1b}'), "{line}");
        let coloured = cli.jelou(&[&words(line)[..], &["--color", "always"]].concat()).ended(0).stdout;
        assert!(coloured.contains("\u{1b}[1m"), "{line}: {coloured}");
        let on_screen = |cli: &Cli| {
            let (status, _, shown) = AtTerminal::start(cli.process(&words(line))).end();
            assert_eq!(status, 0, "{line}: {shown}");
            shown
        };
        assert!(on_screen(&cli).contains("\u{1b}[1m"), "{line}");
        for (variable, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            cli.set(variable, value);
            assert!(!on_screen(&cli).contains('\u{1b}'), "{variable} {line}");
            cli.unset(variable);
        }
    }
    let ran = cli.jelou(&["tokens", "--color", "always"]).ended(2);
    assert!(ran.stderr.contains("\u{1b}[1m") && ran.stdout.is_empty(), "{ran:?}");
}

#[test]
fn help_is_ascii_where_the_screen_is() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("a terminal of macOS has all characters, whatever `LANG` says");
    }
    let mut cli = Cli::new();
    cli.set("LANG", "C");
    let lines = Topic::ALL.map(|topic| format!("help {}", topic.name()));
    for line in lines.iter().map(String::as_str).chain(["--help", "login --help", "rollback --help"]) {
        let (status, _, shown) = AtTerminal::start(cli.process(&words(line))).end();
        assert_eq!(status, 0, "{line}");
        let beyond: String = shown.chars().filter(|c| !c.is_ascii()).collect();
        assert_eq!(beyond, "", "{line}: {shown}");
    }
}

/// Each explanation is short; what leads on is a page of this repository and the page of `man`.
#[test]
fn topics_lead_to_where_more_is() {
    let cli = Cli::new();
    for topic in Topic::ALL {
        let name = topic.name();
        let text = cli.jelou(&["help", name]).ended(0).stdout;
        let (_, more) = text.rsplit_once("\n\nMore: ").unwrap_or_else(|| panic!("{text}"));
        let pages: Vec<&str> =
            more.split_whitespace().filter_map(|word| word.find(".md").map(|end| &word[..end + 3])).collect();
        assert!(!pages.is_empty(), "{name}: {more}");
        let man = crate::support::repository::read(&format!("man/jelou-{name}.1"));
        for page in pages {
            assert!(crate::support::repository::path(page).is_file(), "{name}: {page}");
            assert!(man.contains(&page.replace('-', "\\-")), "{name}: the man page lacks {page}");
        }
        assert!(more.contains(&format!("`man jelou-{name}`")), "{name}: {more}");
    }
    for help in ["--help", "-h", "help"] {
        let text = cli.jelou(&[help]).ended(0).stdout;
        assert!(text.contains("docs/README.md") && text.contains("`jelou man`"), "{text}");
    }
}

/// `--wait` reads as if it waited for the old value's end.
#[test]
fn a_rotation_says_what_it_waits_for() {
    let cli = Cli::new();
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let says = "waits in any case until the new value is accepted, and never until the old one is refused";
    assert!(flat(&cli.jelou(&["tokens", "rotate", "-h"]).ended(0).stdout).contains(says));
    assert!(flat(&crate::support::repository::read("man/jelou-tokens-rotate.1")).contains(says));
    let page = crate::support::repository::read("docs/rotation.md");
    assert!(page.contains(
        "waits until the new value is accepted, with and without `--wait`, and never until the old one is refused"
    ));
}
