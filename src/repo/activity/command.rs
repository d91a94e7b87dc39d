//! What a git command does, by its arguments. Pure.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What a command does to a work tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// Index, working files, HEAD or branches.
    Writes,
    /// Moves or removes a work tree, whichever it runs in.
    Arranges,
    /// Sends commits elsewhere.
    Pushes,
    /// Removes objects that nothing referred to when it began: what refers to them since
    /// is no reason for it to keep them.
    Prunes,
    /// Nothing that matters here.
    Reads,
}

impl Doing {
    /// Whether it concerns all work trees of a repository.
    pub(super) fn is_wide(self) -> bool {
        matches!(self, Self::Arranges | Self::Pushes | Self::Prunes)
    }
}

/// A git command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// Its name without `git`.
    pub(super) name: String,
    pub(super) doing: Doing,
    /// Where it goes first (`-C`), relative to its working directory; may be empty.
    pub(super) directory: PathBuf,
    /// `--git-dir`, relative to that.
    pub(super) git_dir: Option<PathBuf>,
}

/// Commands that write whatever their arguments are. Not here: those that only write
/// objects, remote-tracking references or what nobody else reads (fetch, status with its
/// refreshed index, fsmonitor--daemon), those that have others do it (gc and maintenance,
/// which start `git prune`), and windows that stay open (gui, citool), whose writing is
/// done by commands of their own.
const WRITERS: [&str; 25] = [
    "add",
    "am",
    "bisect",
    "checkout",
    "checkout-index",
    "cherry-pick",
    "commit",
    "filter-branch",
    "merge",
    "mv",
    "pull",
    "read-tree",
    "rebase",
    "rebase--interactive",
    "replay",
    "reset",
    "restore",
    "revert",
    "rm",
    "sparse-checkout",
    "stage",
    "switch",
    "update-index",
    "update-ref",
    "merge-recursive",
];

/// How deep an alias may name another one.
const DEPTH: usize = 8;

/// Reads the arguments of a program called git; `alias` gives the meaning of a name
/// that the person has defined. `None` for git without a command.
pub(super) fn parse(
    args: &[OsString],
    alias: &mut dyn FnMut(&str) -> Option<String>,
) -> Option<Command> {
    let mut words: Vec<&OsStr> = args.iter().map(OsString::as_os_str).collect();
    let program = Path::new(*words.first()?).file_name()?.to_str()?;
    let mut command = Command {
        name: String::new(),
        doing: Doing::Reads,
        directory: PathBuf::new(),
        git_dir: None,
    };
    words.remove(0);
    let at = if let Some(name) = program.strip_prefix("git-") {
        name.clone_into(&mut command.name);
        0
    } else {
        let at = options(&words, &mut command)?;
        words.get(at)?.to_str()?.clone_into(&mut command.name);
        at + 1
    };
    let rest: Vec<String> = words[at.min(words.len())..]
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    command.doing = doing(&command.name, &rest, alias, 0);
    Some(command)
}

/// Takes in git's own options; where the command's name stands.
fn options(words: &[&OsStr], command: &mut Command) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let word = word.to_string_lossy();
        if !word.starts_with('-') {
            return Some(at);
        }
        let value = words.get(at + 1).copied();
        at += match &*word {
            "-C" => {
                command.directory.push(value?);
                2
            }
            "--git-dir" => {
                command.git_dir = Some(PathBuf::from(value?));
                2
            }
            "-c" | "--work-tree" | "--namespace" | "--config-env" | "--super-prefix"
            | "--attr-source" => 2,
            other => {
                if let Some(path) = other.strip_prefix("--git-dir=") {
                    command.git_dir = Some(PathBuf::from(path));
                }
                1
            }
        };
    }
    None
}

fn doing(
    name: &str,
    rest: &[String],
    alias: &mut dyn FnMut(&str) -> Option<String>,
    depth: usize,
) -> Doing {
    let first = rest.iter().find(|word| !word.starts_with('-'));
    let first = first.map_or("", String::as_str);
    let says = |words: &[&str]| rest.iter().any(|word| words.contains(&word.as_str()));
    let writes = match name {
        "push" => return Doing::Pushes,
        "prune" if !says(&["-n", "--dry-run"]) => return Doing::Prunes,
        "stash" => !matches!(first, "list" | "show" | "create"),
        "worktree" if matches!(first, "move" | "remove" | "repair") => return Doing::Arranges,
        "worktree" => first == "add",
        "submodule" => matches!(
            first,
            "add" | "update" | "init" | "deinit" | "sync" | "absorbgitdirs"
        ),
        "apply" => says(&["--index", "--cached", "--3way", "-3"]),
        "symbolic-ref" => rest.iter().filter(|word| !word.starts_with('-')).count() > 1,
        "branch" => says(&[
            "-d", "-D", "-m", "-M", "-c", "-C", "-f", "--delete", "--move", "--copy", "--force",
        ]),
        "bisect" => !matches!(first, "log" | "view" | "visualize" | "terms"),
        "sparse-checkout" => first != "list",
        _ if WRITERS.contains(&name) => true,
        _ => return by_alias(name, rest, alias, depth),
    };
    if writes { Doing::Writes } else { Doing::Reads }
}

/// What an alias does. One that is a shell command (`!…`) starts commands of its own,
/// which are seen themselves; a name that is none is another program's.
fn by_alias(
    name: &str,
    rest: &[String],
    alias: &mut dyn FnMut(&str) -> Option<String>,
    depth: usize,
) -> Doing {
    if READERS.contains(&name) || depth == DEPTH {
        return Doing::Reads;
    }
    let Some(meaning) = alias(name).filter(|meaning| !meaning.starts_with('!')) else {
        return Doing::Reads;
    };
    let mut words: Vec<String> = meaning.split_whitespace().map(str::to_owned).collect();
    // Options of git itself may come first in an alias, too.
    let mut own = Command {
        name: String::new(),
        doing: Doing::Reads,
        directory: PathBuf::new(),
        git_dir: None,
    };
    let at = {
        let all: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
        options(&all, &mut own)
    };
    let Some(at) = at else {
        return Doing::Reads;
    };
    words.extend(rest.iter().cloned());
    doing(&words[at], &words[at + 1..], alias, depth + 1)
}

/// Commands that run often or long and for which no alias need be looked up: git
/// allows none for its own names.
const READERS: [&str; 18] = [
    "blame",
    "cat-file",
    "credential",
    "diff",
    "fetch",
    "fsmonitor--daemon",
    "gc",
    "grep",
    "log",
    "ls-files",
    "maintenance",
    "remote-https",
    "rev-list",
    "rev-parse",
    "show",
    "status",
    "upload-pack",
    "tag",
];

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use super::{Doing, parse};

    fn read(line: &str) -> Option<super::Command> {
        let args: Vec<OsString> = line.split(' ').map(Into::into).collect();
        parse(&args, &mut |name| match name {
            "ci" => Some("commit -v".to_owned()),
            "lg" => Some("log --graph".to_owned()),
            "loop" => Some("loop".to_owned()),
            "wip" => Some("!git add -A && git commit -m wip".to_owned()),
            "pop" => Some("-c x=y stash pop".to_owned()),
            "st" => Some("stash".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn commands_that_write_are_told_from_those_that_do_not() {
        use Doing::{Arranges, Prunes, Pushes, Reads, Writes};
        for (line, doing) in [
            ("git commit -m x", Writes),
            ("/usr/lib/git-core/git commit", Writes),
            ("git-commit", Writes),
            (
                "git -c core.pager=less -C .. --no-pager rebase -i main",
                Writes,
            ),
            ("git stash", Writes),
            ("git stash push -m x", Writes),
            ("git stash list", Reads),
            ("git apply x.patch", Reads),
            ("git apply --index x.patch", Writes),
            ("git worktree add ../x", Writes),
            ("git worktree list", Reads),
            ("git worktree remove --force ../x", Arranges),
            ("git branch", Reads),
            ("git branch -f main x", Writes),
            ("git symbolic-ref HEAD", Reads),
            ("git symbolic-ref HEAD refs/heads/x", Writes),
            ("git bisect start", Writes),
            ("git log --oneline", Reads),
            ("git status", Reads),
            ("git fsmonitor--daemon run", Reads),
            ("git maintenance run --auto", Reads),
            ("git gc --auto", Reads),
            ("git gc --prune=now", Reads),
            ("git prune --expire now", Prunes),
            ("git prune -n", Reads),
            ("git fetch origin", Reads),
            ("git push origin main", Pushes),
            ("git ci", Writes),
            ("git lg", Reads),
            ("git loop", Reads),
            ("git wip", Reads),
            ("git pop", Writes),
            ("git st list", Reads),
            ("git absorb", Reads),
        ] {
            assert_eq!(read(line).unwrap().doing, doing, "{line}");
        }
        assert_eq!(read("git"), None);
        assert_eq!(read("git --version"), None);
    }

    #[test]
    fn where_a_command_works_is_read() {
        let command = read("git -C a -C b --git-dir=x/.git add .").unwrap();
        assert_eq!(command.directory, Path::new("a/b"));
        assert_eq!(command.git_dir.as_deref(), Some(Path::new("x/.git")));
        let command = read("git --git-dir y --work-tree z add .").unwrap();
        assert_eq!(command.git_dir.as_deref(), Some(Path::new("y")));
        assert_eq!(command.name, "add");
    }
}
