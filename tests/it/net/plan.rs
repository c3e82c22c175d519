//! Which cases there are.

use super::case::{Case, Fault, Interruption, Moment, Setting, Signals, Times, Trouble};
use super::verbs::{Key, Sink, Verb};

/// Sinks that are combined with a signal beside a fault. The others differ from them in where they
/// write alone.
const CORE: [Sink; 5] = [Sink::Json, Sink::File, Sink::Many, Sink::FileThenFailing, Sink::Closed];

/// Faults that an undo, or a signal during a retry, may meet: one of each kind of ignorance.
const IN_UNDO: [Fault; 10] = [
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::Garbled,
    Fault::S408After,
    Fault::S429,
    Fault::S503,
    Fault::HangAfter,
    Fault::OtherId,
    Fault::OtherToken,
    Fault::Replay,
];

/// Every setting.
pub fn settings() -> Vec<Setting> {
    let mut all = Vec::new();
    for verb in Verb::ALL.iter().copied() {
        // In a CI job there is no recovery log, and so nothing to recover.
        let is_impossible = |sink: Sink| sink == Sink::None || (sink == Sink::AzureVar && verb == Verb::Recover);
        let sinks: Vec<Sink> = if verb.delivers() {
            Sink::ALL.iter().copied().filter(|sink| !is_impossible(*sink)).collect()
        } else {
            vec![Sink::None]
        };
        for sink in sinks {
            let waits: &[bool] = if verb.takes_wait() { &[false, true] } else { &[false] };
            let keys: &[Key] = if verb.takes_key() { Key::ALL } else { &[Key::Random] };
            for ((wait, key), keys_ignored) in waits
                .iter()
                .flat_map(|wait| keys.iter().map(move |key| (*wait, *key)))
                .flat_map(|one| [(one, false), (one, true)])
            {
                all.push(Setting { verb, wait, key, sink, keys_ignored });
            }
        }
    }
    all
}

/// Every case of a setting whose clean run makes so many requests, but for that run.
pub fn cases(setting: Setting, requests: u32) -> Vec<Case> {
    let case = |trouble: Option<Trouble>, interruption| Case { setting, trouble, interruption };
    let mut all = Vec::new();
    let faults = Fault::ALL
        .iter()
        .copied()
        .filter(|fault| *fault != Fault::OldId || setting.verb.replaces() || setting.verb == Verb::Rollback);
    let faults: Vec<Fault> = faults.collect();
    for at in 1..=requests {
        for (fault, times) in
            faults.iter().flat_map(|fault| [Times::Some(1), Times::Some(2), Times::All].map(|times| (*fault, times)))
        {
            all.push(case(Some(Trouble { fault, at, times }), None));
        }
        for (signals, moment) in
            Signals::ALL.iter().flat_map(|signals| Moment::ALL.iter().map(move |moment| (*signals, *moment)))
        {
            all.push(case(None, Some(Interruption { signals, at, moment })));
        }
        if !(CORE.contains(&setting.sink) || setting.sink == Sink::None) {
            continue;
        }
        for fault in IN_UNDO {
            // While the request that failed is sent again.
            let trouble = Trouble { fault, at, times: Times::Some(1) };
            all.push(case(
                Some(trouble),
                Some(Interruption { signals: Signals::Term, at: at + 1, moment: Moment::Before }),
            ));
            for (moment, times) in
                Moment::ALL.iter().flat_map(|moment| [(*moment, Times::Some(1)), (*moment, Times::All)])
            {
                for signals in [Signals::Term, Signals::TermInt] {
                    // While the signal is answered by undoing.
                    let trouble = Trouble { fault, at: at + 1, times };
                    all.push(case(Some(trouble), Some(Interruption { signals, at, moment })));
                }
            }
        }
    }
    all
}
