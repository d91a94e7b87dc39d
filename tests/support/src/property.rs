//! Statements that must hold for any input, asked about many made-up ones.
//!
//! A property is a function of random bytes, as a fuzzer would call it. What was found
//! once lies in `fixtures/fuzz/NAME` and is asked first; then come cases from a seed that
//! is printed when one fails. The bytes of a failing case are made shorter, as far as a few
//! seconds go, and kept below the target directory, from where they can be moved into
//! the fixtures. A case that takes too long ends the test: a parser may refuse anything,
//! and hang on nothing.
//!
//! `HIVE_CASES` sets how many cases are tried, `HIVE_SEED` where they begin.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use arbitrary::Unstructured;

/// A case that is at work for longer hangs, also on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);
/// How long a failing case is made shorter.
const SHRINKING: Duration = Duration::from_secs(20);

/// Asks a property about what is kept for it and about so many made-up inputs of up to
/// `most` bytes of randomness. It fails by a panic; running out of bytes is no failure.
///
/// # Panics
///
/// When the property does.
pub fn property(
    name: &str,
    cases: u32,
    most: usize,
    check: impl Fn(&mut Unstructured<'_>) -> arbitrary::Result<()>,
) {
    let cases = number("HIVE_CASES").map_or(cases, |n| u32::try_from(n).unwrap_or(u32::MAX));
    let begin = number("HIVE_SEED").unwrap_or(1);
    let watch = Watch::start(name);
    let fails = |input: &[u8]| {
        let run = || check(&mut Unstructured::new(input));
        panic::catch_unwind(AssertUnwindSafe(run)).is_err()
    };
    for (path, input) in kept(name) {
        watch.begin(0);
        assert!(
            !fails(&input),
            "{name}: fails again with {}",
            path.display()
        );
    }
    for case in 0..u64::from(cases) {
        let seed = begin.wrapping_add(case);
        watch.begin(seed);
        let input = bytes(seed, most);
        if fails(&input) {
            let short = shorter(&input, &watch, &fails);
            let place = keep(name, &short);
            // Once more, for its own words.
            eprintln!(
                "{name}: HIVE_SEED={seed} HIVE_CASES=1 fails; {} of {} bytes are in {}",
                short.len(),
                input.len(),
                place.display()
            );
            let _ = check(&mut Unstructured::new(&short));
            panic!("{name}: fails with HIVE_SEED={seed}, and not when it is repeated");
        }
    }
}

/// A text that is one of these with some things done to it: pieces left out, doubled,
/// moved, torn characters, and words that mean something where the text is read.
pub fn mutated(
    u: &mut Unstructured<'_>,
    seeds: &[&str],
    words: &[&str],
) -> arbitrary::Result<String> {
    let mut text = if seeds.is_empty() || u.ratio(1, 8)? {
        String::from_utf8_lossy(u.arbitrary::<&[u8]>()?).into_owned()
    } else {
        (*u.choose(seeds)?).to_owned()
    };
    for _ in 0..u.int_in_range(0..=8)? {
        let from = place(u, &text)?;
        let to = place(u, &text)?;
        let (from, to) = (from.min(to), from.max(to));
        match u.int_in_range(0..=6)? {
            0 => text.replace_range(from..to, ""),
            1 => {
                let piece = text[from..to].to_owned();
                // Not so often that it is only a long text.
                for _ in 0..u.int_in_range(1..=3)? {
                    if text.len() < 64 << 10 {
                        text.insert_str(from, &piece);
                    }
                }
            }
            2 => text.truncate(to),
            3 if !words.is_empty() => {
                let word = *u.choose(words)?;
                for _ in 0..*u.choose(&[1, 1, 1, 2, 40, 400])? {
                    text.insert_str(to, word);
                }
            }
            4 => text.insert(to, u.arbitrary::<char>()?),
            5 => text.insert(
                to,
                *u.choose(&['\n', '\r', '\0', '\t', '"', '\'', '\\', '\u{feff}'])?,
            ),
            _ => {
                let piece: String = text.drain(from..to).collect();
                let at = place(u, &text)?;
                text.insert_str(at, &piece);
            }
        }
    }
    Ok(text)
}

/// A boundary of characters.
fn place(u: &mut Unstructured<'_>, text: &str) -> arbitrary::Result<usize> {
    let mut at = u.int_in_range(0..=text.len())?;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    Ok(at)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The bytes of a seed: between a few and `most`.
fn bytes(seed: u64, most: usize) -> Vec<u8> {
    // SplitMix64 (Steele, Lea and Flood, 2014).
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = state;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    let most = u64::try_from(most.max(17)).unwrap_or(u64::MAX);
    let length = 16 + next() % (most - 16);
    (0..length).map(|_| next().to_le_bytes()[0]).collect()
}

/// The shortest input found that still fails: halves and smaller pieces are left out as
/// long as that goes.
fn shorter(input: &[u8], watch: &Watch, fails: &impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let begun = Instant::now();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let mut best = input.to_vec();
    let mut piece = best.len() / 2;
    while piece > 0 {
        let mut at = 0;
        while at < best.len() && begun.elapsed() < SHRINKING {
            watch.begin(0);
            let mut tried = best.clone();
            tried.drain(at..best.len().min(at + piece));
            if fails(&tried) {
                best = tried;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    panic::set_hook(hook);
    best
}

fn kept(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/fuzz")
        .join(name);
    let mut found: Vec<_> = fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.path(), fs::read(entry.path()).ok()?)))
        .collect();
    found.sort();
    found
}

fn keep(name: &str, input: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../target/fuzz")
        .join(name);
    let path = directory.join(format!("{:016x}", hasher.finish()));
    // The seed says the same, in more bytes.
    let _ = fs::create_dir_all(&directory);
    let _ = fs::write(&path, input);
    path
}

/// Ends the process when a case takes too long: a hanging thread cannot be stopped.
struct Watch {
    shared: std::sync::Arc<Shared>,
}

struct Shared {
    begun: AtomicU64,
    seed: AtomicU64,
    over: AtomicBool,
    epoch: Instant,
}

impl Watch {
    fn start(name: &str) -> Self {
        let shared = std::sync::Arc::new(Shared {
            begun: AtomicU64::new(0),
            seed: AtomicU64::new(0),
            over: AtomicBool::new(false),
            epoch: Instant::now(),
        });
        let seen = std::sync::Arc::clone(&shared);
        let name = name.to_owned();
        thread::spawn(move || {
            while !seen.over.load(Ordering::Relaxed) {
                thread::park_timeout(Duration::from_millis(500));
                let now = milliseconds(seen.epoch);
                let for_ms = now.saturating_sub(seen.begun.load(Ordering::Relaxed));
                if Duration::from_millis(for_ms) > LONGEST {
                    let seed = seen.seed.load(Ordering::Relaxed);
                    eprintln!("{name}: HIVE_SEED={seed} HIVE_CASES=1 hangs");
                    std::process::abort();
                }
            }
        });
        Self { shared }
    }

    fn begin(&self, seed: u64) {
        self.shared.seed.store(seed, Ordering::Relaxed);
        let now = milliseconds(self.shared.epoch);
        self.shared.begun.store(now, Ordering::Relaxed);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
