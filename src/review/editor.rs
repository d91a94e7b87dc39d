//! Opening a place in the person's editor.

use std::path::Path;

use super::detail::Detail;
use crate::failure::{Failure, Outcome};
use crate::process;
use crate::repo::Place;
use crate::settings::environment;

/// Opens the place of a question, where it is now, in the person's editor, and waits for
/// the editor's end.
pub fn open_place(place: &Place, detail: &Detail) -> Outcome<()> {
    let question = &detail.escalation.question;
    let file = question.path.below(&place.root);
    open_in_editor(&file, detail.line(), question.column)
}

/// Opens a file at a line (0 for none) and column in `$VISUAL`, `$EDITOR`, or `vi`, in the
/// terminal, and waits for its end.
fn open_in_editor(file: &Path, line: u32, column: u32) -> Outcome<()> {
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| environment::value(name)?.into_string().ok());
    let editor = named.unwrap_or_else(|| "vi".to_owned());
    let args = arguments(&editor, &file.to_string_lossy(), line, column);
    let failed = || {
        Failure::usage(format!("the editor `{editor}` could not be used"))
            .hint("set VISUAL or EDITOR to the command of your editor")
    };
    // As git does it: the variable may hold a command with arguments of its own.
    let script = format!("{editor} \"$@\"");
    let status = process::run_attached("sh", ["-c", &script, &editor], &args)
        .map_err(|error| failed().caused_by(error))?;
    if status == process::Status::Code(0) {
        Ok(())
    } else {
        Err(Failure::usage(format!("the editor `{editor}` {status}")))
    }
}

/// The arguments that open a file at a place, as an editor spells them.
fn arguments(editor: &str, file: &str, line: u32, column: u32) -> Vec<String> {
    let program = editor.split_whitespace().next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".sh").unwrap_or(name);
    let column = column.max(1);
    let file = file.to_owned();
    if line == 0 {
        return vec![file];
    }
    match name {
        "vim" | "nvim" | "vi" | "gvim" | "nvi" | "vis" | "view" | "ex" | "mvim" => {
            vec![format!("+call cursor({line},{column})"), file]
                .into_iter()
                .map(|arg| match name {
                    // They know the line only.
                    "vi" | "nvi" | "ex" | "view" if arg.starts_with('+') => format!("+{line}"),
                    _ => arg,
                })
                .collect()
        }
        "emacs" | "emacsclient" | "kak" | "gedit" | "mg" | "jmacs" => {
            vec![format!("+{line}:{column}"), file]
        }
        "nano" | "rnano" | "pico" => vec![format!("+{line},{column}"), file],
        "micro" => vec![format!("+{line}:{column}"), file],
        "code" | "code-insiders" | "codium" | "vscodium" | "cursor" | "windsurf" => {
            vec!["--goto".to_owned(), format!("{file}:{line}:{column}")]
        }
        "subl" | "sublime_text" | "hx" | "helix" | "zed" | "zeditor" | "lapce" | "atom" => {
            vec![format!("{file}:{line}:{column}")]
        }
        "pycharm" | "charm" | "idea" | "clion" | "goland" | "fleet" | "kate" | "kwrite" => vec![
            "--line".to_owned(),
            line.to_string(),
            "--column".to_owned(),
            column.to_string(),
            file,
        ],
        "mate" | "mate_wait" | "bbedit" | "ed" | "joe" | "jed" | "ne" | "tilde" => {
            if name.starts_with("mate") {
                vec!["--line".to_owned(), format!("{line}:{column}"), file]
            } else {
                vec![format!("+{line}"), file]
            }
        }
        _ => vec![file],
    }
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn editors_spell_a_place_in_their_own_ways() {
        for (editor, expected) in [
            ("vim", "+call cursor(7,3) a.py"),
            ("/usr/bin/nvim -R", "+call cursor(7,3) a.py"),
            ("vi", "+7 a.py"),
            ("code --wait", "--goto a.py:7:3"),
            ("subl -w", "a.py:7:3"),
            ("hx", "a.py:7:3"),
            ("emacsclient -t", "+7:3 a.py"),
            ("nano", "+7,3 a.py"),
            ("pycharm.sh", "--line 7 --column 3 a.py"),
            ("mate -w", "--line 7:3 a.py"),
            ("my-own", "a.py"),
        ] {
            assert_eq!(
                arguments(editor, "a.py", 7, 3).join(" "),
                expected,
                "{editor}"
            );
        }
        assert_eq!(arguments("vim", "a.py", 0, 0), ["a.py"]);
    }
}
