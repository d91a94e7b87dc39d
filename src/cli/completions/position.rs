//! What can stand at the cursor, by the definition of the command line. Pure.

use clap::{Arg, ArgAction, Command};

/// What can be completed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Candidates {
    /// Names of files, too; the shell knows them best.
    pub(super) files: bool,
    /// Words, each with what it is; all begin with what is typed.
    pub(super) words: Vec<(String, String)>,
}

/// An argument whose value stands at the cursor.
pub(super) struct Wanted<'a> {
    /// The verbs before it: `queue show`.
    pub(super) verbs: &'a str,
    /// Its definition.
    pub(super) arg: &'a Arg,
}

/// Finds what can stand in the place of the last of `words`. `values` is asked for the
/// values of an argument that has no fixed ones.
pub(super) fn candidates(
    root: &Command,
    words: &[String],
    values: impl Fn(&Wanted<'_>, &str) -> Candidates,
) -> Candidates {
    let (before, begun) = match words.split_last() {
        Some((last, before)) => (before, last.as_str()),
        None => (words, ""),
    };
    let at = Position::after(root, before);
    let of = |arg: &Arg, begun: &str| {
        let fixed = arg.get_possible_values();
        if fixed.is_empty() {
            let verbs = &at.verbs.join(" ");
            return values(&Wanted { verbs, arg }, begun);
        }
        let shown = fixed.iter().filter(|value| !value.is_hide_set());
        only(
            begun,
            shown.map(|value| {
                let what = value.get_help().map(ToString::to_string);
                (value.get_name().to_owned(), what.unwrap_or_default())
            }),
        )
    };
    if let Some(arg) = at.open {
        return of(arg, begun);
    }
    if !at.only_values && begun.starts_with('-') {
        let Some((name, value)) = begun.strip_prefix("--").and_then(|it| it.split_once('=')) else {
            return only(begun, flags(at.command));
        };
        let Some(arg) = long(at.command, name) else {
            return Candidates::default();
        };
        let mut found = of(arg, value);
        for (word, _) in &mut found.words {
            *word = format!("--{name}={word}");
        }
        return found;
    }
    let mut found = at
        .positional()
        .map(|arg| of(arg, begun))
        .unwrap_or_default();
    if at.values == 0 && !at.only_values {
        let verbs = at
            .command
            .get_subcommands()
            .filter(|verb| !verb.is_hide_set());
        let verbs = only(
            begun,
            verbs.map(|verb| {
                let what = verb.get_about().map(ToString::to_string);
                (verb.get_name().to_owned(), what.unwrap_or_default())
            }),
        );
        found.words.splice(0..0, verbs.words);
    }
    found
}

/// What begins as it was begun.
pub(super) fn only(begun: &str, words: impl Iterator<Item = (String, String)>) -> Candidates {
    Candidates {
        files: false,
        words: words.filter(|(word, _)| word.starts_with(begun)).collect(),
    }
}

/// Where a command line has got to.
struct Position<'a> {
    command: &'a Command,
    verbs: Vec<&'a str>,
    /// The option whose value comes next.
    open: Option<&'a Arg>,
    /// How many values without a name have come since the last verb.
    values: usize,
    /// Whether `--` has come.
    only_values: bool,
}

impl<'a> Position<'a> {
    fn after(root: &'a Command, words: &[String]) -> Self {
        let mut at = Self {
            command: root,
            verbs: Vec::new(),
            open: None,
            values: 0,
            only_values: false,
        };
        for word in words {
            at.take(word);
        }
        at
    }

    fn take(&mut self, word: &str) {
        if self.open.take().is_some() {
            return;
        }
        if !self.only_values && word == "--" {
            self.only_values = true;
        } else if let Some(name) = word.strip_prefix("--").filter(|_| !self.only_values) {
            // `--name=value` has its value already.
            self.open = long(self.command, name).filter(|arg| takes_value(arg));
        } else if let Some(short) = word
            .strip_prefix('-')
            .filter(|short| !short.is_empty() && !self.only_values)
        {
            // Of several in one word only the last can wait for a value.
            let last = short.chars().last();
            let args = self.command.get_arguments();
            self.open = args
                .filter(|arg| arg.get_short() == last)
                .find(|arg| takes_value(arg));
        } else if let Some(verb) = self.verb(word) {
            self.verbs.push(verb.get_name());
            self.command = verb;
        } else {
            self.values += 1;
        }
    }

    fn verb(&self, word: &str) -> Option<&'a Command> {
        let free = self.values == 0 && !self.only_values;
        free.then(|| self.command.find_subcommand(word)).flatten()
    }

    /// The argument without a name that comes next; the last one may come many times.
    fn positional(&self) -> Option<&'a Arg> {
        let all: Vec<&Arg> = self.command.get_positionals().collect();
        let many = |arg: &&&Arg| matches!(arg.get_action(), ArgAction::Append);
        all.get(self.values)
            .or_else(|| all.last().filter(many))
            .copied()
    }
}

fn long<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    let mut args = command.get_arguments();
    args.find(|arg| arg.get_long() == Some(name))
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// The flags of a verb with what they are.
fn flags(command: &Command) -> impl Iterator<Item = (String, String)> {
    command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .filter_map(|arg| {
            let what = arg.get_help().map(ToString::to_string);
            Some((format!("--{}", arg.get_long()?), what.unwrap_or_default()))
        })
}

#[cfg(test)]
mod tests {
    use super::{Candidates, Wanted, candidates, only};
    use crate::cli::help;

    fn at(line: &str) -> Vec<String> {
        let mut command = help::command();
        command.build();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let found: Candidates = candidates(&command, &words, |wanted: &Wanted<'_>, begun| {
            let id = wanted.arg.get_id().as_str();
            only(
                begun,
                std::iter::once((format!("<{}:{id}>", wanted.verbs), String::new())),
            )
        });
        found.words.into_iter().map(|(word, _)| word).collect()
    }

    #[test]
    fn verbs_flags_and_values_have_their_places() {
        for (line, expected) in [
            ("escal", &["escalations"][..]),
            ("queue sh", &["show"]),
            ("queue show ", &["<queue show:id>"]),
            ("queue show 1 ", &[]),
            ("fix --sco", &["--scope"]),
            ("fix --scope ", &["file", "lines"]),
            ("fix --scope=f", &["--scope=file"]),
            ("fix --scope lines ", &["<fix:paths>"]),
            ("fix a.py ", &["<fix:paths>"]),
            ("fix -- --sc", &[]),
            ("-q escalations sho", &["show"]),
            ("escalations apply --rule ", &["<escalations apply:rule>"]),
            ("dismiss -m ", &["<dismiss:note>"]),
            ("dismiss -m why ", &["<dismiss:ids>"]),
            ("config explain w", &[]),
            ("nonsense ", &[]),
            ("fix --nonsense ", &["<fix:paths>"]),
        ] {
            assert_eq!(at(line), expected, "{line}");
        }
        let verbs = at("");
        assert!(verbs.contains(&"fix".to_owned()) && !verbs.contains(&"worker".to_owned()));
    }
}
