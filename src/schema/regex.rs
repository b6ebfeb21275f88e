//! Patterns, by the fastest engine that can run them in bounded time.
//!
//! 1. a dense automaton (10 to 16 ns for a short text), if it stays small;
//! 2. the `regex` crate, linear in the text;
//! 3. `fancy-regex` for look-around and back references, with a bound on its steps;
//! 4. `regress`, which is ECMAScript to the letter and may take forever: only for schemas that are trusted.
//!
//! Without the flag `u` JavaScript matches UTF-16 units. A text beyond the basic plane is then given to the engine with
//! two characters of the private use area for each such character, which every class treats as it does surrogates.

use std::borrow::Cow;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

/// Bytes of the tables of one dense automaton, and of the work to make it.
const DENSE_BYTES: usize = 64 << 10;
/// Bytes of a compiled pattern of the other engines.
const SIZE_LIMIT: usize = 4 << 20;

/// A compiled pattern.
pub struct Pattern {
    engine: Engine,
    /// Whether it sees UTF-16 units.
    units: bool,
    /// Whether case folding must not leave ASCII.
    fold_ascii: bool,
}

enum Engine {
    Dense(Box<dense::DFA<Vec<u32>>>),
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
    Trusted(regress::Regex),
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.engine_name())
    }
}

/// The search took more steps than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManySteps;

/// How patterns are compiled.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Whether an engine without a bound may be used.
    pub trusted: bool,
    /// Steps of one search by a backtracking engine.
    pub max_steps: usize,
}

impl Pattern {
    /// Compiles `source`, a pattern of ECMAScript with `flags`.
    pub fn new(source: &str, flags: &str, settings: Settings) -> Result<Self, String> {
        let unicode = flags.contains(['u', 'v']);
        let folds = flags.contains('i');
        if let Some(unknown) = flags.chars().find(|flag| !"uvigsd".contains(*flag)) {
            return Err(format!("the flag {unknown} of a pattern"));
        }
        if !unicode && !source.is_ascii() && (folds || source.chars().any(|letter| letter > '\u{FFFF}')) {
            return Err("a pattern beyond ASCII that needs the flag u".to_owned());
        }
        let fold_ascii = folds && !unicode;
        let wrap = |engine| Self { engine, units: !unicode, fold_ascii };
        let mut prefix = String::new();
        if folds {
            prefix.push_str("(?i)");
        }
        if flags.contains('s') {
            prefix.push_str("(?s)");
        }
        let translated = jsonschema_regex::to_rust_regex(source);
        if let Ok(pattern) = &translated {
            let pattern = format!("{prefix}{}", own_dot(pattern, flags.contains('s')));
            if let Some(dense) = dense(&pattern) {
                return Ok(wrap(Engine::Dense(Box::new(dense))));
            }
            if let Ok(linear) = regex::RegexBuilder::new(&pattern).size_limit(SIZE_LIMIT).build() {
                return Ok(wrap(Engine::Linear(linear)));
            }
            let built = fancy_regex::RegexBuilder::new(&pattern)
                .backtrack_limit(settings.max_steps)
                .delegate_size_limit(SIZE_LIMIT)
                .build();
            if let Ok(fancy) = built {
                return Ok(wrap(Engine::Backtracking(fancy)));
            }
        }
        if settings.trusted {
            let flags: String = flags.chars().filter(|flag| "uvis".contains(*flag)).collect();
            let trusted =
                regress::Regex::with_flags(source, flags.as_str()).map_err(|error| error.to_string())?;
            return Ok(Self { engine: Engine::Trusted(trusted), units: !unicode, fold_ascii: false });
        }
        Err(format!("the pattern {source:?} is wrong, too large, or one that only a trusted schema may have"))
    }

    /// Which engine runs it, for coverage.
    pub fn engine_name(&self) -> &'static str {
        match &self.engine {
            Engine::Dense(_) => "dfa",
            Engine::Linear(_) => "regex",
            Engine::Backtracking(_) => "fancy-regex",
            Engine::Trusted(_) => "regress",
        }
    }

    /// Whether it matches somewhere in `text`.
    #[inline]
    pub fn matches(&self, text: &str) -> Result<bool, TooManySteps> {
        let seen = if text.is_ascii() { Cow::Borrowed(text) } else { self.as_seen(text) };
        match &self.engine {
            Engine::Dense(dense) => {
                let input = Input::new(&*seen).anchored(Anchored::No).earliest(true);
                dense.try_search_fwd(&input).map(|found| found.is_some()).map_err(|_| TooManySteps)
            }
            Engine::Linear(linear) => Ok(linear.is_match(&seen)),
            Engine::Backtracking(fancy) => fancy.is_match(&*seen).map_err(|_| TooManySteps),
            Engine::Trusted(trusted) => Ok(trusted.find(&seen).is_some()),
        }
    }

    /// The text as JavaScript would see it.
    fn as_seen<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let beyond = |letter: char| self.units && letter > '\u{FFFF}';
        // These two fold to `k` and `s`, but not without the flag `u`.
        let folding = |letter: char| self.fold_ascii && matches!(letter, '\u{212A}' | '\u{17F}');
        if !text.chars().any(|letter| beyond(letter) || folding(letter)) {
            return Cow::Borrowed(text);
        }
        let mut seen = String::with_capacity(text.len() * 2);
        for letter in text.chars() {
            if beyond(letter) {
                seen.push_str("\u{E000}\u{E000}");
            } else if folding(letter) {
                seen.push('\u{E001}');
            } else {
                seen.push(letter);
            }
        }
        Cow::Owned(seen)
    }
}

/// A dot of ECMAScript stops at four kinds of line ends, one of `regex` at one.
fn own_dot(pattern: &str, dot_all: bool) -> Cow<'_, str> {
    if dot_all || !pattern.contains('.') {
        return Cow::Borrowed(pattern);
    }
    let mut own = String::with_capacity(pattern.len() + 16);
    let (mut escaped, mut in_class) = (false, 0_usize);
    for letter in pattern.chars() {
        match letter {
            '.' if !escaped && in_class == 0 => {
                own.push_str(r"[^\n\r\u{2028}\u{2029}]");
                continue;
            }
            '[' if !escaped => in_class += 1,
            ']' if !escaped => in_class = in_class.saturating_sub(1),
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
        own.push(letter);
    }
    Cow::Owned(own)
}

fn dense(pattern: &str) -> Option<dense::DFA<Vec<u32>>> {
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .start_kind(StartKind::Unanchored)
                .dfa_size_limit(Some(DENSE_BYTES))
                .determinize_size_limit(Some(DENSE_BYTES * 4)),
        )
        .syntax(syntax::Config::new())
        .thompson(thompson::Config::new().nfa_size_limit(Some(DENSE_BYTES * 16)))
        .build(pattern)
        .ok()
}
