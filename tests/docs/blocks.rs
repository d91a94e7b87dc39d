//! The command lines that a page shows, and what it says they print.

/// A command line and what stands below it.
#[derive(Debug)]
pub(crate) struct Line {
    /// The line of the page, from 1.
    pub(crate) number: usize,
    /// As a shell gets it.
    pub(crate) command: String,
    /// What the page shows that it prints; nothing where the page shows no output at all.
    pub(crate) shown: Option<String>,
}

/// What a person types into a shell, as far as the pages show it.
const PROGRAMS: [&str; 38] = [
    "apt",
    "brew",
    "cargo",
    "cat",
    "cd",
    "cp",
    "curl",
    "docker",
    "echo",
    "emacs",
    "export",
    "git",
    "hive",
    "hx",
    "jj",
    "launchctl",
    "lefthook",
    "make",
    "man",
    "mdbook",
    "mkdir",
    "npm",
    "npx",
    "nvim",
    "pip",
    "pipx",
    "pre-commit",
    "prek",
    "printf",
    "python",
    "python3",
    "sh",
    "source",
    "sudo",
    "systemctl",
    "uv",
    "uvx",
    "vim",
];

/// All command lines of a page. Blocks with `$ ` are what is seen in a terminal, others whose
/// first line calls a program are lines of a script.
pub(crate) fn commands(page: &str) -> Vec<Line> {
    blocks(page)
        .into_iter()
        .flat_map(|block| {
            if block.lines.iter().any(|(_, line)| line.starts_with("$ ")) {
                seen(&block.lines)
            } else if block.is_script() {
                typed(&block.lines)
            } else {
                Vec::new()
            }
        })
        .collect()
}

/// The lines of blocks that look like commands of hive's, and are none by the rules of
/// [`commands`]. A page may show them, but somebody has to say so.
pub(crate) fn doubtful(page: &str) -> Vec<(usize, String)> {
    let run: Vec<usize> = commands(page).iter().map(|line| line.number).collect();
    blocks(page)
        .into_iter()
        .filter(|block| !block.lines.iter().any(|(_, line)| line.starts_with("$ ")))
        .flat_map(|block| block.lines)
        .filter(|(number, line)| {
            let mut words = line.split(' ');
            let hive = words.next() == Some("hive");
            let first = words.next().unwrap_or_default();
            let verb = !first.is_empty() && first.chars().all(argument);
            hive && verb && !NO_VERBS.contains(&first) && !run.contains(number)
        })
        .map(|(number, line)| (number, line.to_owned()))
        .collect()
}

/// Text between backticks outside of blocks, with the number of the line where it begins.
pub(crate) fn spans(page: &str) -> Vec<(usize, String)> {
    let covered: Vec<usize> = blocks(page)
        .iter()
        .flat_map(|block| block.lines.iter().map(|(number, _)| *number))
        .collect();
    let mut all = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (at, line) in page.lines().enumerate() {
        // A paragraph's end is the end of what somebody forgot to close, too.
        if line.trim().is_empty() || line.starts_with("```") || covered.contains(&(at + 1)) {
            open = None;
            continue;
        }
        for (piece, text) in line.split('`').enumerate() {
            match (piece, open.take()) {
                (0, Some((number, before))) => open = Some((number, before + " " + text)),
                (0, None) => {}
                (_, Some(span)) => all.push(span),
                (_, None) => open = Some((at + 1, text.to_owned())),
            }
        }
        if line.starts_with('|') {
            open = None;
        }
    }
    all
}

struct Block<'a> {
    /// What stands behind the fence; nothing for an indented block.
    language: &'a str,
    lines: Vec<(usize, &'a str)>,
}

impl Block<'_> {
    fn is_script(&self) -> bool {
        match self.language {
            "sh" | "bash" | "console" => true,
            "" => typed(&self.lines)
                .first()
                .is_some_and(|line| calls(&line.command)),
            _ => false,
        }
    }
}

/// Whether a line calls one of the programs: its name, perhaps behind variables that are
/// set, and something that can be its first argument.
fn calls(line: &str) -> bool {
    let mut words = line.split_whitespace().skip_while(|word| {
        let name = word.split('=').next().unwrap_or_default();
        word.contains('=') && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    });
    let program = words.next().unwrap_or_default();
    let first = words.next().unwrap_or_default();
    // What hive prints has columns behind its name.
    let is_hive = program == "hive" && !line.contains("hive  ");
    if program == "hive" && !is_hive {
        return false;
    }
    PROGRAMS.contains(&program)
        && first.chars().all(argument)
        && (!is_hive || !first.is_empty())
        && !(is_hive && NO_VERBS.contains(&first))
}

/// Whether a letter may stand in a first argument.
fn argument(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./".contains(c)
}

/// What hive says of itself, as in `hive fixed 3 violations`.
const NO_VERBS: [&str; 3] = ["fixed", "tidied", "asks"];

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut all: Vec<Block<'_>> = Vec::new();
    let mut fence: Option<&str> = None;
    let mut inside = false;
    let mut blank = true;
    for (at, line) in page.lines().enumerate() {
        if let Some(language) = line.strip_prefix("```") {
            fence = if fence.is_some() {
                None
            } else {
                let lines = Vec::new();
                all.push(Block { language, lines });
                Some(language)
            };
            inside = false;
        } else if fence.is_some() {
            all.last_mut()
                .expect("it has begun")
                .lines
                .push((at + 1, line));
        } else if let Some(text) = line.strip_prefix("    ").filter(|_| inside || blank) {
            if !inside {
                let lines = Vec::new();
                all.push(Block {
                    language: "",
                    lines,
                });
                inside = true;
            }
            all.last_mut()
                .expect("it has begun")
                .lines
                .push((at + 1, text));
        } else if inside && line.is_empty() {
            // A block goes on behind empty lines.
            all.last_mut()
                .expect("it has begun")
                .lines
                .push((at + 1, ""));
        } else {
            inside = false;
        }
        blank = line.is_empty();
    }
    all
}

/// The lines of a script; a backslash joins two.
fn typed(lines: &[(usize, &str)]) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::new();
    let mut joined: Option<(usize, String)> = None;
    for (number, line) in lines {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (number, before) = joined.take().unwrap_or((*number, String::new()));
        let text = before + line;
        if let Some(more) = text.strip_suffix('\\') {
            joined = Some((number, more.to_owned()));
        } else {
            let (command, shown) = (text, None);
            all.push(Line {
                number,
                command,
                shown,
            });
        }
    }
    all
}

/// What is seen in a terminal. A block that shows no output at all says nothing about it.
fn seen(lines: &[(usize, &str)]) -> Vec<Line> {
    let mut all: Vec<Line> = Vec::new();
    let shows = lines
        .iter()
        .any(|(_, line)| !line.is_empty() && !line.starts_with("$ "));
    for (number, line) in lines {
        if let Some(command) = line.strip_prefix("$ ") {
            all.push(Line {
                number: *number,
                command: command.to_owned(),
                shown: shows.then(String::new),
            });
        } else if let Some(shown) = all.last_mut().and_then(|line| line.shown.as_mut()) {
            shown.push_str(line);
            shown.push('\n');
        }
    }
    for line in &mut all {
        line.shown = line.shown.take().map(|shown| shown.trim_end().to_owned());
    }
    all
}

/// A text in which every run took equally long: `(2 files in 84 ms)`.
pub(crate) fn timeless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let took = line.rfind(" in ").and_then(|at| {
            let (number, rest) = line[at + 4..].split_once(' ')?;
            let is_number = number.chars().all(|c| c.is_ascii_digit() || c == '.');
            let unit = ["ms", "s"].into_iter().find(|unit| {
                let next = rest.strip_prefix(unit);
                next.is_some_and(|next| next.starts_with([')', ',']))
            })?;
            is_number.then(|| (at, &rest[unit.len()..]))
        });
        match took {
            Some((at, rest)) => out.extend([&line[..at], " in 40 ms", rest]),
            None => out.push_str(line),
        }
    }
    out
}

/// Whether an output is what a page shows; `…` stands for lines that are left out.
pub(crate) fn agrees(shown: &str, said: &str) -> bool {
    let shown: Vec<&str> = shown.lines().map(str::trim_end).collect();
    let said: Vec<&str> = said.trim_end().lines().map(str::trim_end).collect();
    fits(&shown, &said)
}

fn fits(shown: &[&str], said: &[&str]) -> bool {
    match shown.split_first() {
        None => said.is_empty(),
        Some((&"…", rest)) => (0..=said.len()).any(|skipped| fits(rest, &said[skipped..])),
        Some((line, rest)) => said
            .split_first()
            .is_some_and(|(first, more)| first == line && fits(rest, more)),
    }
}

#[test]
fn lines_of_pages_are_found() {
    let page = "# A\n\n    hive fix src  # now\n    A=1 cargo test \\\n        --x\n\n\
                text\n\n    hive tidied a.py\n\n    $ hive next\n    hive fixed 1\n    …\n\n\
                \x20   $ git log\n\n```toml\nhive fix\n```\n\n```sh\ngit add x\n```\n\
                \n    hive  8 questions\n";
    let found: Vec<(usize, String, Option<String>)> = commands(page)
        .into_iter()
        .map(|line| (line.number, line.command, line.shown))
        .collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        found,
        [
            (3, "hive fix src  # now".to_owned(), None),
            (4, "A=1 cargo test     --x".to_owned(), None),
            (11, "hive next".to_owned(), some("hive fixed 1\n…")),
            (15, "git log".to_owned(), some("")),
            (22, "git add x".to_owned(), None),
        ]
    );
    assert_eq!(
        spans("a `b\n  c` `d` e\n\n    `f`\n\n| `g` |\n"),
        [(1, "b   c"), (2, "d"), (6, "g")].map(|(at, text)| (at, text.to_owned()))
    );
    assert_eq!(
        timeless("ok (1 file in 1.2 s, 1 known)\nin 3 days\n"),
        "ok (1 file in 40 ms, 1 known)\nin 3 days\n"
    );
    let doubts: Vec<usize> = doubtful(page).iter().map(|(number, _)| *number).collect();
    assert_eq!(doubts, [18]);
    assert!(agrees("a\n…\nb", "a\nx\ny\nb\n") && agrees("…", "") && agrees("", "\n"));
    assert!(!agrees("a\n…\nb", "a\nx\n") && !agrees("", "a") && !agrees("a", "a\nb"));
}
