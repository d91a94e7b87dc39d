//! What a module begins with, and where another import goes. Pure.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::found::Edit;
use super::module::Module;

/// What a module begins with: docstring and imports.
pub(super) struct Head {
    /// The end of the docstring, of `__future__` imports, and of the first plain block of
    /// imports; nothing if the module has none of them.
    pub(super) imports: Option<TextSize>,
    /// The end of that and of the imports in `try` and `if TYPE_CHECKING` that follow.
    pub(super) end: Option<TextSize>,
}

impl Head {
    pub(super) fn of(module: &Module<'_>) -> Self {
        let suite = module.parsed.suite();
        let mut head = Self {
            imports: None,
            end: None,
        };
        let mut plain = true;
        for (number, statement) in suite.iter().enumerate() {
            match statement {
                Stmt::Expr(expr) if number == 0 && expr.value.is_string_literal_expr() => {
                    head.imports = Some(statement.end());
                }
                Stmt::Import(_) | Stmt::ImportFrom(_) => {
                    if plain {
                        head.imports = Some(statement.end());
                    }
                }
                Stmt::Try(attempt) if only_imports(&attempt.body) => plain = false,
                Stmt::If(conditional) if only_imports(&conditional.body) => plain = false,
                // `__all__`, `__version__`: imports may follow.
                Stmt::Assign(assign) if assign.targets.iter().all(is_dunder) => {
                    plain = false;
                    continue;
                }
                _ => break,
            }
            head.end = Some(statement.end());
        }
        head
    }

    /// Inserts text as lines of its own below a place; at the top where there is none.
    pub(super) fn line(
        module: &Module<'_>,
        at: Option<TextSize>,
        text: &str,
        newline: &str,
    ) -> Edit {
        let Some(at) = at else {
            let top = top(module.text);
            return Edit::insert(top, format!("{text}{newline}{newline}"));
        };
        let rest = &module.text.as_bytes()[at.to_usize()..];
        let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or_default());
        if let Some(end) = memchr::memchr(b'\n', rest) {
            Edit::insert(at + size(end + 1), format!("{text}{newline}"))
        } else {
            let end = size(module.text.len());
            Edit::insert(end, format!("{newline}{text}{newline}"))
        }
    }
}

fn is_dunder(target: &Expr) -> bool {
    matches!(target, Expr::Name(name) if name.id.starts_with("__") && name.id.ends_with("__"))
}

fn only_imports(body: &[Stmt]) -> bool {
    body.iter().all(|statement| {
        matches!(
            statement,
            Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Pass(_)
        )
    })
}

/// Below a byte order mark, a `#!` line, a line that names the encoding, and the comments
/// that begin the file, unless they belong to the code right below them: `# type: ignore`
/// and its like are about the file only above all code.
fn top(text: &str) -> TextSize {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let (mut at, mut header) = (mark, mark);
    for (number, line) in text[mark..].split_inclusive('\n').enumerate() {
        let special =
            line.starts_with("#!") || line.contains("coding:") || line.contains("coding=");
        if line.starts_with('#') {
            at += line.len();
            if number < 2 && special || is_directive(line) {
                header = at;
            }
            continue;
        }
        if line.trim().is_empty() {
            header = at;
        }
        break;
    }
    TextSize::new(u32::try_from(header).unwrap_or_default())
}

/// Whether a comment speaks to a tool about the whole file: `# word: …`.
fn is_directive(comment: &str) -> bool {
    let said = comment.trim_start_matches('#').trim_start();
    let (word, _) = said.split_once(':').unwrap_or_default();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !word.is_empty() && word.chars().all(is_word) && word != "golden-rule-ignore"
}

/// How the lines of a text end.
pub(super) fn newline(text: &str) -> &'static str {
    match memchr::memchr(b'\n', text.as_bytes()) {
        Some(at) if at > 0 && text.as_bytes()[at - 1] == b'\r' => "\r\n",
        _ => "\n",
    }
}
