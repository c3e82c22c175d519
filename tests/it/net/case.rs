//! One case: a command, what goes wrong, and when a signal comes. As text it is the line that
//! repeats it.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

use super::verbs::{Key, Sink, Verb};

/// A command line, and whether the platform honours its idempotency keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    pub verb: Verb,
    pub wait: bool,
    pub key: Key,
    pub sink: Sink,
    pub keys_ignored: bool,
}

/// What goes wrong at a request and, if it says so, at those behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub fault: Fault,
    /// The number of the run's request, from 1.
    pub at: u32,
    pub times: Times,
}

/// How many requests in a row it befalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Some(u32),
    All,
}

/// Signals that arrive together while a request is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interruption {
    pub signals: Signals,
    /// The number of the run's request, from 1.
    pub at: u32,
    pub moment: Moment,
}

/// A command, what goes wrong, and when a signal comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    pub setting: Setting,
    pub trouble: Option<Trouble>,
    pub interruption: Option<Interruption>,
}

/// Declares an enum whose values have names.
macro_rules! named {
    ($(#[$meta:meta])* $type:ident { $($(#[$variant_meta:meta])* $value:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $type { $($(#[$variant_meta])* $value,)+ }

        impl $type {
            pub const ALL: &[Self] = &[$(Self::$value),+];
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$value => $name,)+ })
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($name => Ok(Self::$value),)+
                    _ => Err(format!("`{text}` is no {}", stringify!($type))),
                }
            }
        }
    };
}
pub(super) use named;

named! {
    /// What a request meets. `…-after`: the change was applied.
    Fault {
        ResetBefore = "reset-before",
        ResetAfter = "reset-after",
        Truncated = "truncated",
        Garbled = "garbled",
        Html = "html",
        S304 = "304",
        S304After = "304-after",
        S408 = "408",
        S408After = "408-after",
        S429 = "429",
        S499After = "499-after",
        S500 = "500",
        S500After = "500-after",
        S503 = "503",
        S503After = "503-after",
        HangBefore = "hang-before",
        HangAfter = "hang-after",
        /// The answer to an earlier request about the same function.
        Replay = "replay",
        /// The answer to an earlier request about another function.
        OtherAnswer = "other-answer",
        /// The right answer, with the id of another token.
        OtherId = "other-id",
        /// The same with that token's name.
        OtherToken = "other-token",
        OtherFunction = "other-function",
        /// The right answer, with the id of the token that is replaced.
        OldId = "old-id",
        NoValue = "no-value",
        BadValue = "bad-value",
    }
}

named! {
    /// Signals that come at once.
    Signals {
        Term = "term",
        Int = "int",
        TermTerm = "term+term",
        TermInt = "term+int",
    }
}

named! {
    /// When the signals come: before the platform carries the request out, or before it answers.
    Moment {
        Before = "before",
        After = "after",
    }
}

impl Signals {
    pub fn numbers(self) -> &'static [i32] {
        match self {
            Self::Term => &[15],
            Self::Int => &[2],
            Self::TermTerm => &[15, 15],
            Self::TermInt => &[15, 2],
        }
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { verb, wait, key, sink, keys_ignored } = self;
        write!(f, "verb={verb},wait={wait},key={key},sink={sink},keys-ignored={keys_ignored}")
    }
}

impl Display for Case {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.setting)?;
        if let Some(Trouble { fault, at, times }) = self.trouble {
            write!(f, ",fault={fault}#{at}")?;
            match times {
                Times::Some(count) => write!(f, "x{count}")?,
                Times::All => write!(f, "x*")?,
            }
        }
        if let Some(Interruption { signals, at, moment }) = self.interruption {
            write!(f, ",signal={signals}#{at}{moment}")?;
        }
        Ok(())
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let field =
            |name: &str| text.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).map(str::trim);
        let needed = |name: &str| field(name).ok_or_else(|| format!("`{text}` lacks `{name}=`"));
        let flag = |name: &str| needed(name)?.parse().map_err(|_| format!("`{name}` is neither true nor false"));
        Ok(Self {
            setting: Setting {
                verb: needed("verb")?.parse()?,
                wait: flag("wait")?,
                key: needed("key")?.parse()?,
                sink: needed("sink")?.parse()?,
                keys_ignored: flag("keys-ignored")?,
            },
            trouble: field("fault").map(trouble).transpose()?,
            interruption: field("signal").map(interruption).transpose()?,
        })
    }
}

/// `reset-after#2x1`.
fn trouble(text: &str) -> Result<Trouble, String> {
    let wrong = || format!("`{text}` is not FAULT#REQUESTxTIMES");
    let (fault, place) = text.split_once('#').ok_or_else(wrong)?;
    let (at, times) = place.split_once('x').ok_or_else(wrong)?;
    let times = match times {
        "*" => Times::All,
        count => Times::Some(count.parse().map_err(|_| wrong())?),
    };
    Ok(Trouble { fault: fault.parse()?, at: at.parse().map_err(|_| wrong())?, times })
}

/// `term+int#2before`.
fn interruption(text: &str) -> Result<Interruption, String> {
    let wrong = || format!("`{text}` is not SIGNALS#REQUESTbefore|after");
    let (signals, place) = text.split_once('#').ok_or_else(wrong)?;
    let end = place.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (at, moment) = place.split_at(end);
    Ok(Interruption { signals: signals.parse()?, at: at.parse().map_err(|_| wrong())?, moment: moment.parse()? })
}
