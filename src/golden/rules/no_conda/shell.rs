//! The first words of the commands in a shell script. Pure.
//!
//! Not a shell: quotes, comments and what separates commands are known, and that is what
//! tells a command from a word.

/// How a file holds commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// All of it is a script.
    Shell,
    /// Recipes, indented with tabs.
    Makefile,
    /// `RUN` instructions.
    Dockerfile,
    /// Perhaps a script, by its first line.
    Unknown,
}

/// What a path says about a file; `None` for one that is no script.
pub(super) fn kind(path: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    match extension {
        "sh" | "bash" | "zsh" | "ksh" => Some(Kind::Shell),
        "mk" => Some(Kind::Makefile),
        "dockerfile" | "Dockerfile" => Some(Kind::Dockerfile),
        _ if matches!(stem, "Dockerfile" | "Containerfile") => Some(Kind::Dockerfile),
        "" if matches!(name, "Makefile" | "makefile" | "GNUmakefile") => Some(Kind::Makefile),
        "" => Some(Kind::Unknown),
        _ => None,
    }
}

/// Whether a file begins with the line of a shell script.
pub(super) fn is_script(bytes: &[u8]) -> bool {
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let Some(program) = line.strip_prefix("#!") else {
        return false;
    };
    program.split_whitespace().any(|word| {
        matches!(
            word.rsplit('/').next(),
            Some("sh" | "bash" | "zsh" | "dash" | "ksh")
        )
    })
}

/// The first words of all commands of a file, with their places.
pub(super) fn script(text: &str, kind: Kind) -> Vec<(usize, &str)> {
    if matches!(kind, Kind::Shell | Kind::Unknown) {
        return commands(text).collect();
    }
    let mut found = Vec::new();
    // Where the commands begin that the lines so far belong to.
    let mut begun: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        let begins = match kind {
            Kind::Makefile if line.starts_with('\t') => {
                let marks = bare.trim_start_matches(['\t', '@', '-', '+']);
                Some(at + bare.len() - marks.len())
            }
            Kind::Dockerfile => {
                let instruction = bare.trim_start();
                let word = instruction.get(..4).unwrap_or_default();
                let skipped = bare.len() - instruction.len() + 4;
                word.eq_ignore_ascii_case("run ").then_some(at + skipped)
            }
            _ => None,
        };
        begun = begun.or(begins);
        at += line.len();
        // A line that goes on is one command with the next.
        if !bare.ends_with('\\')
            && let Some(start) = begun.take()
        {
            let inside = commands(&text[start..at]);
            found.extend(inside.map(|(place, word)| (start + place, word)));
        }
    }
    if let Some(start) = begun {
        let inside = commands(&text[start..]);
        found.extend(inside.map(|(place, word)| (start + place, word)));
    }
    found
}

/// Words after which a command begins again.
const INTRODUCE: [&str; 22] = [
    "!", "builtin", "command", "do", "elif", "else", "env", "exec", "if", "nice", "nohup", "sudo",
    "then", "time", "until", "while", "xargs", "{", "eval", "source", ".", "call",
];

/// The first words of the commands of a script.
pub(super) fn commands(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut found: Vec<(usize, &str)> = Vec::new();
    let (mut at, mut first, mut double) = (0, true, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\n' | b';' | b'|' | b'&' | b'(' | b')' | b'`' => {
                // Within quotes only a substitution begins a command.
                let begins = !double
                    || bytes[at] == b'`'
                    || bytes[at] == b'(' && at > 0 && bytes[at - 1] == b'$';
                first = first || begins;
                at += 1;
            }
            b'\\'
                if bytes
                    .get(at + 1)
                    .is_some_and(|next| matches!(next, b'\n' | b'\r')) =>
            {
                at += 2;
            }
            b' ' | b'\t' | b'\r' => at += 1,
            b'#' if !double && (at == 0 || bytes[at - 1].is_ascii_whitespace()) => {
                at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
            }
            b'"' => {
                double = !double;
                // What is quoted is a word, unless a substitution follows.
                if double && !text[at + 1..].starts_with("$(") {
                    first = false;
                }
                at += 1;
            }
            b'\'' if !double => {
                let rest = &bytes[at + 1..];
                at += memchr::memchr(b'\'', rest).map_or(rest.len() + 1, |end| end + 2);
                first = false;
            }
            _ => {
                let end = bytes[at..]
                    .iter()
                    .position(|byte| {
                        byte.is_ascii_whitespace()
                            || matches!(
                                byte,
                                b';' | b'|' | b'&' | b'(' | b')' | b'`' | b'"' | b'\''
                            )
                    })
                    .map_or(bytes.len(), |length| at + length);
                let word = &text[at..end];
                let assigns = word.split_once('=').is_some_and(|(name, _)| {
                    !name.is_empty() && name.bytes().all(|c| c == b'_' || c.is_ascii_alphanumeric())
                });
                let skips = assigns
                    || INTRODUCE.contains(&word)
                    || word.starts_with('$')
                    || word.starts_with('-');
                if first && !skips {
                    found.push((at, word));
                    first = false;
                }
                at = end;
            }
        }
    }
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[test]
    fn first_words_are_those_of_commands() {
        for (text, expected) in [
            ("a b; c | d && e", &["a", "c", "d", "e"][..]),
            ("X=1 sudo a b", &["a"]),
            ("echo \"a; b\" 'c; d' # e; f\ng", &["echo", "g"]),
            ("x \"$(a b)\" y", &["x", "a"]),
            ("if a; then b; else c; fi", &["a", "b", "c", "fi"]),
            ("a \\\n  b", &["a"]),
            ("", &[]),
            ("é'", &["é"]),
        ] {
            let words: Vec<&str> = commands(text).map(|(_, word)| word).collect();
            assert_eq!(words, expected, "{text}");
        }
    }
}
