//! Commands as they are typed, and everything that they print, as one text to compare.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::ground::Ground;

/// A transcript that grows.
pub(crate) struct Story {
    pub(crate) ground: Ground,
    text: String,
}

impl Story {
    pub(crate) fn new(mut ground: Ground) -> Self {
        let binary = Path::new(env!("CARGO_BIN_EXE_hive"));
        let path = std::env::var("PATH").unwrap();
        let directory = binary.parent().unwrap().display();
        ground.sandbox.set("PATH", format!("{directory}:{path}"));
        Self {
            ground,
            text: String::new(),
        }
    }

    /// Types a command line.
    pub(crate) fn types(&mut self, line: &str) -> String {
        self.answers(line, "")
    }

    /// The same, and what is typed at its questions.
    pub(crate) fn answers(&mut self, line: &str, typed: &str) -> String {
        self.runs(line, typed).1
    }

    /// The same; also says its exit code.
    pub(crate) fn runs(&mut self, line: &str, typed: &str) -> (Option<i32>, String) {
        let script = match typed {
            "" => format!("{{ {line}\n}} 2>&1"),
            typed => format!("printf '%s\\n' '{typed}' | {{ {line}\n}} 2>&1"),
        };
        let ran = self.ground.sandbox.run("sh", &["-c", &script]);
        let said = self.normal(&ran.stdout);
        self.text.extend(["$ ", line, "\n", said.as_str()]);
        if ran.code != Some(0) {
            let code = ran.code.unwrap_or(-1).to_string();
            self.text.extend([
                "[exit code ",
                code.as_str(),
                "]
",
            ]);
        }
        self.text.push('\n');
        (ran.code, said)
    }

    /// A remark of the narrator.
    pub(crate) fn tells(&mut self, text: &str) {
        self.text.extend(["# ", text, "\n"]);
    }

    /// Does a job by one command line, as a section of a document. A job that cannot be
    /// done is none.
    #[track_caller]
    pub(crate) fn job(&mut self, job: &str, line: &str) {
        let begun = self.text.len();
        self.types(line);
        assert!(
            !self.text[begun..].contains("\n[exit code "),
            "{}",
            self.text
        );
        let indented: String = self.text[begun..]
            .trim_end()
            .lines()
            .map(|line| format!("    {line}").trim_end().to_owned() + "\n")
            .collect();
        self.text.truncate(begun);
        self.text
            .extend(["### ", job, "\n\n", indented.as_str(), "\n"]);
    }

    /// Demands that the whole is what stands in a document of this repository, between two
    /// remarks.
    #[track_caller]
    pub(crate) fn is_part(&self, document: &str, mark: &str) {
        part(document, mark, &self.text);
    }

    /// Demands that the whole is what stands in a file beside the tests. With `UPDATE=1`
    /// the file is written instead.
    #[track_caller]
    pub(crate) fn is(&self, name: &str) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/people/day")
            .join(format!("{name}.txt"));
        compare(&file, &self.text);
    }

    /// What differs from run to run, named instead: ids, times, places.
    fn normal(&self, text: &str) -> String {
        let root = self.ground.sandbox.root().display().to_string();
        let text = text.replace(&root, "~/app");
        let mut normal = String::new();
        for line in text.split_inclusive('\n') {
            normal.push_str(&spans(&ids(line)));
        }
        normal
    }
}

/// Demands that a part of a document of this repository, which stands between two remarks,
/// is a text. With `UPDATE=1` it is written instead.
#[track_caller]
pub(crate) fn part(document: &str, mark: &str, text: &str) {
    // Tests that write parts of one document take turns.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let mut whole = fs::read_to_string(&file).unwrap();
    let (begin, end) = (
        format!("<!-- {mark} -->\n"),
        format!("<!-- end of {mark} -->"),
    );
    let from = whole.find(&begin).expect("the mark") + begin.len();
    let to = whole.find(&end).expect("the end");
    whole.replace_range(from..to, &format!("\n{}\n\n", text.trim_end()));
    compare(&file, &whole);
}

/// A text with the ids of commits made equal.
pub(crate) fn ids(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        put(&mut out, &word);
        word.clear();
        out.push(c);
    }
    put(&mut out, &word);
    out
}

#[track_caller]
pub(crate) fn compare(file: &Path, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, text).unwrap();
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    assert_eq!(text, expected, "\n{}\n{text}", file.display());
}

/// A word, an id of a commit as `3f2a9c1`; one in a thousand has no digit.
fn put(out: &mut String, word: &str) {
    let hex = word.len() >= 7 && word.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    out.push_str(if hex { "3f2a9c1" } else { word });
}

fn is_digit(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// A line without its spans of time, whose lengths decide how columns are filled, and
/// without the numbers of processes and tasks.
fn spans(line: &str) -> String {
    if line.starts_with("tasks ") {
        return "tasks       1\n".to_owned();
    }
    let words: Vec<&str> = line.split_inclusive(' ').collect();
    let mut out = String::new();
    let mut at = 0;
    while at < words.len() {
        let number = words[at].trim_end_matches(' ');
        let unit = words
            .get(at + 1)
            .map(|word| word.trim_end_matches([' ', '\n', ',', ';']));
        let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        if is_number && words[at].ends_with(' ') && matches!(unit, Some("s" | "ms" | "min")) {
            out.push('1');
            out.push(' ');
            out.push_str(&words[at + 1].replace("ms", "s").replace("min", "s"));
            at += 2;
            at += fill(&words[at..], &mut out);
            continue;
        }
        // The first commits may or may not have had a task each.
        let before = at.checked_sub(1).map_or("", |before| words[before].trim());
        if matches!(before, "(process" | "task" | "(task" | "Hive-Task:") && is_digit(words[at]) {
            out.push('1');
            out.push_str(words[at].trim_start_matches(|c: char| c.is_ascii_digit()));
        } else {
            out.push_str(words[at]);
        }
        at += 1;
        // The heading of a column of spans.
        if words[at - 1].trim() == "age" {
            at += fill(&words[at..], &mut out);
        }
    }
    out
}

/// What fills a column up becomes one space; says how many words that was.
fn fill(words: &[&str], out: &mut String) -> usize {
    let blanks = words.iter().take_while(|word| **word == " ").count();
    if blanks > 0 {
        out.push(' ');
    }
    blanks
}
