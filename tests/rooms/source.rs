//! Sources as the rules read them: without comments, strings and tests.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file.
pub(crate) struct Source {
    /// Below `src`.
    pub(crate) path: PathBuf,
    /// The text of its leading `//!` lines.
    pub(crate) doc: String,
    /// Its code: strings emptied, comments and tests taken out.
    pub(crate) code: String,
    /// How many lines the whole file has.
    pub(crate) lines: usize,
}

impl Source {
    pub(crate) fn new(path: &Path, text: &str) -> Self {
        let doc: Vec<&str> = text
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(str::trim)
            .collect();
        Self {
            path: path.to_path_buf(),
            doc: doc.join(" "),
            code: without_tests(&without_words(text)),
            lines: text.lines().count(),
        }
    }

    /// The room: the first directory, or the file at the top.
    pub(crate) fn room(&self) -> &str {
        let first = self.path.iter().next().and_then(|part| part.to_str());
        first.unwrap_or_default().trim_end_matches(".rs")
    }

    /// Whether it is `lib.rs` or `main.rs`, which belong to no room.
    pub(crate) fn is_root(&self) -> bool {
        matches!(self.room(), "lib" | "main")
    }

    /// Whether its first words say that it does no input and output.
    pub(crate) fn is_pure(&self) -> bool {
        self.doc.split_whitespace().any(|word| word == "Pure.")
    }

    /// How deep its module lies: 1 for a room's own.
    pub(crate) fn depth(&self) -> usize {
        let parts = self.path.components().count();
        parts - usize::from(parts > 1 && self.path.ends_with("mod.rs"))
    }

    /// Its path as a person finds it.
    pub(crate) fn shown(&self) -> String {
        format!("src/{}", self.path.display())
    }
}

/// All sources of hive, but for files that only tests have.
pub(crate) fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    list(&root, &mut paths);
    let mut for_tests = Vec::new();
    let mut texts = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("UTF-8");
        for_tests.extend(test_modules(&path, &text));
        texts.push((path, text));
    }
    texts.retain(|(path, _)| !for_tests.contains(path));
    texts
        .iter()
        .map(|(path, text)| Source::new(path.strip_prefix(&root).expect("below"), text))
        .collect()
}

fn list(directory: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory).expect("a directory of sources");
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            list(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

/// The files of modules that are declared for tests only.
fn test_modules(path: &Path, text: &str) -> Vec<PathBuf> {
    let stem = path.file_stem().unwrap_or_default();
    let beside = path.parent().expect("a directory");
    let directory = if stem == "mod" || stem == "lib" || stem == "main" {
        beside.to_path_buf()
    } else {
        beside.join(stem)
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| pair[1].strip_prefix("mod ")?.strip_suffix(';'))
        .flat_map(|name| {
            [
                directory.join(format!("{name}.rs")),
                directory.join(name).join("mod.rs"),
            ]
        })
        .collect()
}

/// The text with comments taken out and strings and characters emptied.
fn without_words(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| quoted(rest));
        if let Some(length) = skipped {
            // What stood on two lines stays on two lines.
            let lines = rest[..length].matches('\n').count();
            code.push_str(if rest.starts_with('/') { " " } else { "\"\"" });
            code.extend(std::iter::repeat_n('\n', lines));
            rest = &rest[length..];
            continue;
        }
        // A word is taken whole, so that the `r` of `for"` opens no raw string.
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let length = word.unwrap_or(rest.len()).max(c.len_utf8());
        code.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    code
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let mut depth = 0;
    let bytes = rest.as_bytes();
    let mut at = 0;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return Some(at);
        }
    }
    Some(rest.len())
}

/// The length of a string or character that begins here.
fn quoted(rest: &str) -> Option<usize> {
    let body = rest.trim_start_matches(['b', 'c']);
    let prefix = rest.len() - body.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = body.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let begin = prefix + 1 + hashes + 1;
            let end = rest[begin..]
                .find(&close)
                .map(|at| begin + at + close.len());
            return Some(end.unwrap_or(rest.len()));
        }
    }
    let quote = body.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut escaped = false;
    let inner = body[1..].char_indices();
    let end = inner
        .map(|(at, c)| {
            let ends = !escaped && c == quote;
            escaped = !escaped && c == '\\';
            (at, ends)
        })
        .find_map(|(at, ends)| ends.then_some(prefix + 1 + at + 1));
    if quote == '"' {
        return Some(end.unwrap_or(rest.len()));
    }
    // `'a` is a lifetime; `'a'`, `'\n'` and `'\u{1f41d}'` are characters.
    let character = body[1..].starts_with('\\') || body[1..].chars().nth(1) == Some('\'');
    end.filter(|_| character)
}

/// The code without what follows `#[cfg(test)]`, up to the end of that item.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        kept.push_str(&rest[..at]);
        let item = &rest[at + MARK.len()..];
        rest = &item[item_length(item)..];
    }
    kept.push_str(rest);
    kept
}

fn item_length(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in item.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    item.len()
}
