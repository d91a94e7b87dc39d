//! The trailers by which hive's commits are known in every clone.
//!
//! Pure. They never decide who owns a commit: `git commit --amend` makes it the
//! person's, trailers and all.

/// The key of a worker; one trailer each.
pub(super) const WORKER: &str = "Hive-Worker";
/// The key of the tasks.
pub(super) const TASK: &str = "Hive-Task";
/// The key of the commits that were fixed.
pub(super) const SOURCE: &str = "Hive-Source";
/// The key of a commit that was taken back.
pub(super) const UNDO: &str = "Hive-Undo";

/// The most tasks that one range of a trailer stands for.
const MOST: i64 = 100_000;

/// What the trailers of a message say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HiveTrailers {
    /// The workers (`QA-1`), as they are listed.
    pub workers: Vec<String>,
    /// The tasks; they mean something in the database of the clone that made the commit.
    pub tasks: Vec<i64>,
    /// The beginnings of the ids of the commits that were fixed.
    pub sources: Vec<String>,
    /// The beginning of the id of the commit that this one takes back.
    pub undoes: Option<String>,
}

/// Reads the trailers in the last paragraph of a message; `None` if none is hive's.
/// Trailers of others, and lines that are none, may stand between them.
pub fn trailers(message: &str) -> Option<HiveTrailers> {
    let mut lines: Vec<String> = Vec::new();
    for line in message.trim_end().lines().rev() {
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.to_owned());
    }
    let mut found = HiveTrailers::default();
    for line in unfolded(lines.into_iter().rev()) {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let (key, value) = (key.trim_end(), value.trim());
        let parts = || {
            value
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
        };
        if key.eq_ignore_ascii_case(WORKER) {
            found
                .workers
                .extend((!value.is_empty()).then(|| value.to_owned()));
        } else if key.eq_ignore_ascii_case(TASK) {
            found.tasks.extend(parts().flat_map(range));
        } else if key.eq_ignore_ascii_case(SOURCE) {
            found
                .sources
                .extend(parts().filter(|part| is_oid(part)).map(str::to_owned));
        } else if key.eq_ignore_ascii_case(UNDO) && is_oid(value) {
            found.undoes = Some(value.to_owned());
        }
    }
    (!found.workers.is_empty() || found.undoes.is_some()).then_some(found)
}

/// Lines, each with those that continue it.
fn unfolded(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    for line in lines {
        match whole.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(&line),
            _ => whole.push(line),
        }
    }
    whole
}

fn is_oid(text: &str) -> bool {
    (4..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `184` or `184-1183`.
fn range(part: &str) -> Vec<i64> {
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    match (first.parse::<i64>(), last.parse::<i64>()) {
        (Ok(first), Ok(last)) if first >= 0 && last - first < MOST => (first..=last).collect(),
        _ => Vec::new(),
    }
}

/// Numbers in order; four and more in a row as a range.
pub(super) fn numbers(tasks: &[i64]) -> String {
    let mut tasks = tasks.to_vec();
    tasks.sort_unstable();
    tasks.dedup();
    let runs = tasks.chunk_by(|one, next| next - one == 1);
    let parts: Vec<String> = runs
        .flat_map(|run| match run {
            [first, _, _, .., last] => vec![format!("{first}-{last}")],
            few => few.iter().map(i64::to_string).collect(),
        })
        .collect();
    parts.join(", ")
}
