//! Every command that issues or destroys, every fault at every request, every signal: what was
//! promised holds afterwards.
//!
//! The cases are enumerated. The suite runs some of them, which a seed selects; `just exhaust` runs
//! all. A case that breaks an invariant is printed as the line that repeats it.

mod bulk;
mod case;
mod invariants;
mod plan;
mod run;
mod verbs;
mod world;

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;
use verbs::Verb;

/// How many cases the suite runs.
const SAMPLE: usize = 240;
/// The seed of those cases, unless `JELOU_NET_SEED` is another.
const SEED: u64 = 7;

/// Which cases are run.
enum Wanted {
    /// `JELOU_NET_CASE`.
    One(Case),
    /// `JELOU_NET_CASES=all`, or how many; of settings that hold the text of `JELOU_NET_FILTER`.
    Sample { seed: u64, count: Option<usize> },
}

fn wanted() -> Wanted {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(case) = variable("JELOU_NET_CASE") {
        return Wanted::One(case.parse().unwrap());
    }
    let seed = variable("JELOU_NET_SEED").map_or(SEED, |seed| seed.parse().expect("JELOU_NET_SEED is a number"));
    let count = match variable("JELOU_NET_CASES").as_deref() {
        Some("all") => None,
        Some(count) => Some(count.parse().expect("JELOU_NET_CASES is a number or `all`")),
        None => Some(SAMPLE),
    };
    Wanted::Sample { seed, count }
}

/// What a case broke.
fn verdict(case: &Case) -> (usize, Vec<String>, String) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let run = run::run(case);
        let broken = invariants::broken(case, &run);
        let ran = &run.ended.ran;
        let shown = format!(
            "  ended {} (signal {:?})\n  sent {:#?}\n  stdout {}\n  stderr {}",
            ran.status, run.ended.signal, run.requests, ran.stdout, ran.stderr
        );
        (run.requests.len(), broken, shown)
    }));
    outcome.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        (0, vec![format!("the test panicked: {}", text.unwrap_or_default())], String::new())
    })
}

/// Does something for every item, on as many threads as keep the cores busy while commands wait.
fn each<T: Sync, R: Send>(items: &[T], what: &str, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from) * 4;
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(item);
                    let mut results = results.lock().unwrap();
                    results.push(result);
                    if results.len() % 1000 == 0 {
                        say(&format!("net: {} of {} {what}", results.len(), items.len()));
                    }
                }
            });
        }
    });
    results.into_inner().unwrap()
}

/// As many items as wanted, about as many of each verb.
fn of_each_verb<T>(mut all: Vec<T>, count: usize, random: &mut fastrand::Rng, verb: impl Fn(&T) -> Verb) -> Vec<T> {
    random.shuffle(&mut all);
    let mut groups: Vec<Vec<T>> = Verb::ALL.iter().map(|_| Vec::new()).collect();
    for item in all {
        let group = Verb::ALL.iter().position(|one| *one == verb(&item)).unwrap();
        groups[group].push(item);
    }
    let mut chosen = Vec::new();
    while chosen.len() < count && groups.iter().any(|group| !group.is_empty()) {
        chosen.extend(groups.iter_mut().filter_map(Vec::pop));
    }
    chosen.truncate(count);
    chosen
}

#[test]
fn what_was_promised_holds_whatever_goes_wrong() {
    let (seed, count) = match wanted() {
        Wanted::One(case) => {
            let (_, broken, shown) = verdict(&case);
            say(&format!("{case}\n{shown}"));
            assert!(broken.is_empty(), "{broken:#?}");
            return;
        }
        Wanted::Sample { seed, count } => (seed, count),
    };
    let mut random = fastrand::Rng::with_seed(seed);
    let filter = std::env::var("JELOU_NET_FILTER").unwrap_or_default();
    let mut settings = plan::settings();
    settings.retain(|setting| filter.split_whitespace().all(|word| setting.to_string().contains(word)));
    let of_all = settings.len();
    if let Some(count) = count {
        // A clean run of each is needed to know how many requests there are.
        settings = of_each_verb(settings, count.div_ceil(4), &mut random, |setting| setting.verb);
    }
    let learned = each(&settings, "settings", |setting| {
        let clean = Case { setting: *setting, trouble: None, interruption: None };
        let (requests, failed) = verdict_line(&clean);
        (plan::cases(*setting, u32::try_from(requests).unwrap()), failed)
    });
    let (cases, clean): (Vec<Vec<Case>>, Vec<Option<String>>) = learned.into_iter().unzip();
    let mut cases: Vec<Case> = cases.into_iter().flatten().collect();
    // The threads have learned them in any order, and the seed must select the same.
    cases.sort_by_cached_key(ToString::to_string);
    let (settings, there_are) = (settings.len(), cases.len());
    if let Some(count) = count {
        cases = of_each_verb(cases, count, &mut random, |case| case.setting.verb);
    }
    let of_how_many =
        format!("net: {} of {there_are} cases of {settings} of {of_all} settings, JELOU_NET_SEED={seed}", cases.len());
    say(&of_how_many);
    let ran = each(&cases, "cases", |case| verdict_line(case).1);
    let failed: Vec<String> = clean.into_iter().chain(ran).flatten().collect();
    assert!(failed.is_empty(), "{} of {} cases broke a promise:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

/// Prints a line now: what `println!` prints is shown late, and for a test that fails alone.
fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// How many requests a case made, and the line that repeats it with what it broke.
fn verdict_line(case: &Case) -> (usize, Option<String>) {
    let (requests, broken, _) = verdict(case);
    let failed = (!broken.is_empty()).then(|| {
        let line = format!("JELOU_NET_CASE='{case}' cargo test --test it -- net::\n    {}", broken.join("\n    "));
        say(&line);
        line
    });
    (requests, failed)
}
