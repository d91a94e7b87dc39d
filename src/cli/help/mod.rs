//! The first screen, the help of all verbs grouped by need, and topics.

mod text;
mod topics;

pub(super) use text::shown;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::sync::LazyLock;

use clap::{Args, Command, CommandFactory};

use super::{Cli, Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::fixers::EMBEDDED_RUFF;
use crate::settings::closest;

/// What `hive --version` says: beside the version the commit that a release build was
/// made from (`build.rs`), and the ruff that is compiled in.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut text = env!("CARGO_PKG_VERSION").to_owned();
    if let Some(commit) = option_env!("HIVE_BUILD_COMMIT") {
        let _ = write!(text, "\ncommit {commit}");
    }
    let _ = write!(text, "\nruff {EMBEDDED_RUFF}, compiled in");
    text
});

/// What a command line asks for that asks for nothing but the version, without making the
/// whole command line for it.
pub(super) fn version(words: impl IntoIterator<Item = OsString>) -> Option<String> {
    let mut words = words.into_iter();
    let (word, more) = (words.next()?, words.next());
    let version = match (word.to_str()?, more) {
        ("-V", None) => env!("CARGO_PKG_VERSION"),
        ("--version", None) => &VERSION,
        _ => return None,
    };
    Some(format!("hive {version}\n"))
}

/// Say everything about a verb, or about a topic
///
/// Without a word, lists the verbs and the topics. Where a verb and a topic have
/// one name, this is the topic; `hive VERB --help` is always the verb.
#[derive(Debug, Args)]
pub(super) struct HelpArgs {
    /// A topic, or a verb and its own verbs: `landing`, `fix`, `queue retry`
    #[arg(value_name = "TOPIC")]
    words: Vec<String>,
}

/// What `hive` says by itself: a minute with it.
const MINUTE: [(&str, &str); 7] = [
    (
        "hive fix src",
        "fix files here and now; print what changed and what remains",
    ),
    (
        "hive check",
        "the same answer, and nothing touched: one command for CI",
    ),
    (
        "hive init",
        "hooks, a short hive.toml, the database in the git directory",
    ),
    ("hive watch", "the agent in a terminal: live, what it does"),
    (
        "git commit",
        "as ever; the fixes follow in a commit of their own",
    ),
    ("hive escalations", "the few things that need you"),
    ("hive undo", "take back what hive did last"),
];

/// The verbs by need, each with what it is for. Every verb that is not hidden has its
/// place here; a test compares.
const GROUPS: [(&str, &[(&str, &str)]); 4] = [
    (
        "Files, here and now",
        &[
            (
                "fix",
                "Fix files in place, print what changed and what remains",
            ),
            ("check", "Give the same answer and touch nothing; for CI"),
            ("graph", "Which files import which, and cycles of imports"),
        ],
    ),
    (
        "Behind your commits",
        &[
            (
                "init",
                "Install hive here: hooks, a short hive.toml, the database",
            ),
            (
                "watch",
                "Run the agent in this terminal and show what it does",
            ),
            ("service", "Have the agent started with your session"),
            ("undo", "Take back what hive did last"),
            (
                "uninit",
                "Remove hive from this repository, without a trace",
            ),
        ],
    ),
    (
        "What it did, and what needs you",
        &[
            (
                "status",
                "What hive does here, waits for, and needs you for",
            ),
            ("monitor", "The same live, on the whole screen"),
            ("next", "The questions that need you, one by one"),
            (
                "escalations",
                "The questions on the whole screen; lists; orders",
            ),
            (
                "apply",
                "Take the patch of a question, or the fixes that are held",
            ),
            (
                "suppress",
                "Suppress a finding by a comment with its reason",
            ),
            ("dismiss", "Not to be asked a question again"),
            ("why", "What hive did to a file or did not do, and why"),
            ("wait", "Wait until hive is done here; for scripts"),
            ("lease", "Have a file left alone while somebody works on it"),
            ("history", "What was fixed, and in which commit"),
            ("show", "One fix or commit of hive's, with the diff"),
            ("stats", "How much is fixed, and how much of it stays"),
            ("log", "What happened, in words"),
            ("queue", "What waits, runs and failed; retry, cancel, pause"),
            (
                "plan",
                "Work in an order: all files, one rule everywhere, your own",
            ),
            ("workers", "The worker processes and what they do"),
        ],
    ),
    (
        "Tools and settings",
        &[
            (
                "doctor",
                "Which tools are used here, which version, and why",
            ),
            (
                "rules",
                "The Golden Rules: list, explain, try, test, freeze",
            ),
            ("config", "Every setting and who set it"),
            ("trust", "Let this repository run its own tools"),
            ("completions", "Print a completion script for a shell"),
            ("mcp", "Serve coding agents; started by them"),
            ("lsp", "Serve an editor; started by it"),
            ("help", "A verb, or one of the topics below, in full"),
        ],
    ),
];

/// The command line with the help of all verbs grouped by need.
pub(super) fn command() -> Command {
    let command = Cli::command().long_version(VERSION.as_str());
    let styles = command.get_styles();
    let (header, literal) = (*styles.get_header(), *styles.get_literal());
    let mut groups = String::new();
    for (need, verbs) in GROUPS {
        let _ = writeln!(groups, "{header}{need}:{header:#}");
        for (verb, what) in verbs {
            let _ = writeln!(groups, "  {literal}{verb:<11}{literal:#}  {what}");
        }
        groups.push('\n');
    }
    let topics = topics::names(76);
    let more = "`hive VERB --help` tells more about a verb, `hive help TOPIC` about a topic.";
    command.help_template(format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n\n\
         {groups}{header}Topics:{header:#}\n{topics}\n\
         {header}Options:{header:#}\n{{options}}\n\n{more}\n"
    ))
}

/// Runs `hive help`.
pub(super) fn run(args: &HelpArgs, context: &Context) -> Outcome<Ending> {
    if let [word] = args.words.as_slice()
        && let Some(topic) = topics::find(word)
    {
        let bold = context.terminal.out_style().bold();
        let heading = |line: &str| bold.apply_to(line).to_string();
        let mut shown = text::shown(&topic.page(), heading);
        if Cli::command().find_subcommand(topic.name).is_some() {
            let _ = writeln!(shown, "\n`hive {} --help` lists the flags.", topic.name);
        }
        context
            .terminal
            .data(shown.as_bytes())
            .map_err(Failure::from_output)?;
        return Ok(Ending::Clean);
    }
    known(&args.words)?;
    let words = args.words.iter().map(String::as_str);
    let words: Vec<&str> = ["hive"]
        .into_iter()
        .chain(words)
        .chain(["--help"])
        .collect();
    // A help text comes as an error, as far as the parser is concerned.
    if let Err(help) = command().try_get_matches_from(words) {
        help.print().map_err(Failure::from_output)?;
    }
    Ok(Ending::Clean)
}

/// What there is help about, the topics first, each with what it is about.
pub(super) fn words() -> impl Iterator<Item = (String, String)> {
    let topics = topics::TOPICS.iter().map(|topic| {
        let page = topic.page();
        let title = page.lines().next().unwrap_or_default();
        let title = title.trim_start_matches(['#', ' ']);
        (topic.name.to_owned(), title.to_owned())
    });
    let command = Cli::command();
    let verbs = command
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set() && topics::find(verb.get_name()).is_none());
    let verbs = verbs.map(|verb| {
        let about = verb.get_about().map(ToString::to_string);
        (verb.get_name().to_owned(), about.unwrap_or_default())
    });
    topics.chain(verbs.collect::<Vec<_>>())
}

/// Whether there is such a verb; says what may have been meant if there is none.
fn known(words: &[String]) -> Outcome<()> {
    let mut command = Cli::command();
    let mut path = String::from("hive");
    for word in words {
        let Some(verb) = command.find_subcommand(word) else {
            let verbs = command
                .get_subcommands()
                .filter(|verb| !verb.is_hide_set())
                .map(Command::get_name);
            let topics = topics::TOPICS.iter().map(|topic| topic.name);
            let first = path == "hive";
            let close = closest(word, verbs.chain(topics.filter(|_| first)));
            let message = match close {
                Some(close) => format!("there is no help about `{word}`; did you mean `{close}`?"),
                None => format!("there is no help about `{word}`"),
            };
            let hint = if first {
                "`hive help` lists the verbs and the topics".to_owned()
            } else {
                format!("`{path} --help` lists its verbs")
            };
            return Err(Failure::usage(message).hint(hint));
        };
        let _ = write!(path, " {word}");
        command = verb.clone();
    }
    Ok(())
}

/// Says what `hive` alone says: a minute with it, and where there is more.
pub(super) fn first_screen(context: &Context) {
    let style = context.terminal.err_style().bold();
    let mut text = "hive is a quality agent for one Git repository of Python code.\n\n".to_owned();
    for (line, what) in MINUTE {
        let line = style.apply_to(format!("{line:<16}"));
        let _ = writeln!(text, "  {line}  {what}");
    }
    text.push_str(
        "\n`hive help` lists verbs and topics, `hive VERB --help` tells more about a verb.\n",
    );
    context.terminal.whisper(&text);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::{Cli, GROUPS, MINUTE};

    #[test]
    fn every_verb_has_its_place() {
        let command = Cli::command();
        let verbs: BTreeSet<&str> = command
            .get_subcommands()
            .filter(|verb| !verb.is_hide_set())
            .map(clap::Command::get_name)
            .collect();
        let placed: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, verbs)| verbs.iter().map(|(verb, _)| *verb))
            .collect();
        assert_eq!(placed.iter().copied().collect::<BTreeSet<_>>(), verbs);
        assert_eq!(placed.len(), verbs.len());
        for (line, _) in MINUTE {
            let mut words = line.split(' ');
            if words.next() == Some("hive") {
                let verb = words.next().unwrap();
                assert!(verbs.contains(verb), "{line}");
            }
        }
    }
}
