//! How much else changes when one line was touched and `--scope lines` runs.

use std::fs;
use std::path::{Path, PathBuf};

use hive_test_support::Sandbox;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::HIVE;
use super::corpus;
use super::judge::report;
use super::large::name;
use super::ruff::FEW;

/// How many files of a tree are touched.
const FILES: usize = 400;

/// Touches one line of many files of a tree, fixes with `--scope lines`, prints how
/// many other lines changed, and returns the median.
pub(crate) fn measure(tree: &Path) -> usize {
    let sandbox = Sandbox::repository(HIVE);
    corpus::copy(tree, &sandbox.root());
    sandbox.write("pyproject.toml", FEW);
    sandbox.commit("as it was");
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut files: Vec<PathBuf> = corpus::read(&sandbox.root()).into_keys().collect();
    let mut touched: Vec<(PathBuf, usize, Vec<String>)> = Vec::new();
    while touched.len() < FILES && !files.is_empty() {
        let path = files.swap_remove(dice.below(files.len()));
        let Ok(text) = fs::read_to_string(sandbox.root().join(&path)) else {
            continue;
        };
        if let Some((at, lines)) = touch(&text, &mut dice) {
            fs::write(sandbox.root().join(&path), lines.concat()).expect("a file");
            touched.push((path, at, lines));
        }
    }
    let flags = "fix --scope lines --engine embedded --lint ruff --imports ruff --format-with ruff --format json";
    let args: Vec<&str> = flags.split(' ').collect();
    let ran = sandbox.hive(&args);
    assert!(matches!(ran.code, Some(0 | 1 | 3)), "{ran:?}");
    let report = report(&ran);
    let mut others: Vec<usize> = Vec::new();
    let mut worst: Vec<(usize, &Path, usize)> = Vec::new();
    for (path, at, before) in &touched {
        let after = fs::read_to_string(sandbox.root().join(path)).expect("UTF-8");
        let after: Vec<String> = after.split_inclusive('\n').map(str::to_owned).collect();
        let other = beside(*at, before, &after);
        others.push(other);
        worst.push((other, path, at + 1));
    }
    others.sort_unstable();
    worst.sort_unstable_by(|one, two| two.cmp(one));
    let at = |share: usize| others[(others.len() - 1) * share / 100];
    println!(
        "{}, one touched line in each of {} files, {} files changed by hive: \
         other lines changed: median {}, p90 {}, p99 {}, max {}; {} failed",
        name(tree),
        others.len(),
        report["totals"]["changed"],
        at(50),
        at(90),
        at(99),
        at(100),
        report["totals"]["failed"],
    );
    for (other, path, line) in worst.iter().take(5).filter(|worst| worst.0 > 0) {
        println!("    {other} beside {}:{line}", path.display());
    }
    at(50)
}

/// A line that got a comment, by its index, and all lines. Not in the first or last
/// line, and nowhere where a comment would be none.
fn touch(text: &str, dice: &mut Dice) -> Option<(usize, Vec<String>)> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for _ in 0..20 {
        let at = dice.below(lines.len().max(1));
        let Some(line) = lines.get(at) else { continue };
        let bare = line.trim_end();
        let quotes = ["\"", "'", "\\", "#"];
        if bare.is_empty()
            || quotes.iter().any(|quote| bare.contains(quote))
            || inside_string(&lines[..at])
        {
            continue;
        }
        let end = &line[bare.len()..];
        lines[at] = format!("{bare} # x{end}");
        return Some((at, lines));
    }
    None
}

/// Whether these lines leave a triple-quoted string open, roughly: a line that is
/// wrongly taken for one is merely not touched.
fn inside_string(lines: &[String]) -> bool {
    let text: String = lines.concat();
    ["\"\"\"", "'''"]
        .iter()
        .any(|quote| text.matches(quote).count() % 2 == 1)
}

/// How many lines changed beside one: removed or inserted, whichever is more.
fn beside(touched: usize, before: &[String], after: &[String]) -> usize {
    capture_diff_slices(Algorithm::Myers, before, after)
        .into_iter()
        .map(|op| match op {
            DiffOp::Equal { .. } => 0,
            DiffOp::Delete {
                old_index, old_len, ..
            } => old_len - usize::from((old_index..old_index + old_len).contains(&touched)),
            DiffOp::Insert { new_len, .. } => new_len,
            DiffOp::Replace {
                old_index,
                old_len,
                new_len,
                ..
            } => {
                let own = usize::from((old_index..old_index + old_len).contains(&touched));
                old_len.max(new_len) - own
            }
        })
        .sum()
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below a bound, by an xorshift generator (Marsaglia, 2003).
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }
}
