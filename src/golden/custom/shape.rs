//! Patterns of code, as ast-grep has them: `subprocess.run($$$ARGS, shell=True)`. Pure.
//!
//! The pattern and the module are parsed by tree-sitter; names are compared as they are
//! written, not resolved.

use std::borrow::Cow;
use std::ops::Range;

use ast_grep_core::language::Language;
use ast_grep_core::matcher::{PatternBuilder, PatternError};
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc, TSLanguage};
use ast_grep_core::{AstGrep, Pattern};

/// What stands for `$` while a pattern is parsed as Python, where `$` is none.
const STAND_IN: char = 'µ';

/// Python, to tree-sitter.
#[derive(Clone)]
struct Python;

impl Language for Python {
    fn expando_char(&self) -> char {
        STAND_IN
    }

    fn pre_process_pattern<'q>(&self, query: &'q str) -> Cow<'q, str> {
        let mut out = String::with_capacity(query.len() + 4);
        let mut rest = query;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = rest[at..].trim_start_matches('$');
            let count = rest.len() - at - after.len();
            let names = after.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
            // Any other dollar is one in a string.
            let mark = if names || count == 3 { STAND_IN } else { '$' };
            out.extend(std::iter::repeat_n(mark, count));
            rest = after;
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    fn kind_to_id(&self, kind: &str) -> u16 {
        self.get_ts_language().id_for_node_kind(kind, true)
    }

    fn field_to_id(&self, field: &str) -> Option<u16> {
        let id = self.get_ts_language().field_id_for_name(field)?;
        Some(id.get())
    }

    fn build_pattern(&self, builder: &PatternBuilder) -> Result<Pattern, PatternError> {
        builder.build(|text| StrDoc::try_new(text, self.clone()))
    }
}

impl LanguageExt for Python {
    fn get_ts_language(&self) -> TSLanguage {
        tree_sitter_python::LANGUAGE.into()
    }
}

/// A pattern of code.
pub(super) struct Shape {
    pattern: Pattern,
    template: Option<String>,
}

/// A place that has the shape, and what would stand there.
pub(super) struct Shaped {
    pub(super) range: Range<usize>,
    pub(super) replacement: Option<(Range<usize>, String)>,
}

impl Shape {
    /// Reads a pattern, and what replaces it.
    pub(super) fn read(pattern: &str, template: Option<&str>) -> Result<Self, String> {
        let read =
            Pattern::try_new(pattern, Python).map_err(|error| format!("pattern: {error}"))?;
        if read.has_error() {
            return Err(format!("pattern: `{pattern}` is no Python"));
        }
        Ok(Self {
            pattern: read,
            template: template.map(str::to_owned),
        })
    }

    /// The places in a text that have the shape, in order.
    pub(super) fn find(&self, text: &str) -> Vec<Shaped> {
        let bare = text.trim_start_matches('\u{feff}');
        let mark = text.len() - bare.len();
        let Ok(grep) = AstGrep::try_new(bare, Python) else {
            return Vec::new();
        };
        let root = grep.root();
        let shaped = root.find_all(&self.pattern).map(|found| {
            let range = found.range();
            let replacement = self.template.as_deref().and_then(|template| {
                let edit = found.replace_by(template);
                let end = edit.position + edit.deleted_length;
                let text = String::from_utf8(edit.inserted_text).ok()?;
                Some((edit.position + mark..end + mark, text))
            });
            Shaped {
                range: range.start + mark..range.end + mark,
                replacement,
            }
        });
        shaped.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn shapes_are_found_and_replaced() {
        let shape = Shape::read("subprocess.run($CMD, shell=True)", Some("run($CMD)")).unwrap();
        let text = "\u{feff}# é\nsubprocess.run( x , shell = True)\nsubprocess.run(x)\n";
        let found = shape.find(text);
        assert_eq!(found.len(), 1);
        assert_eq!(
            &text[found[0].range.clone()],
            "subprocess.run( x , shell = True)"
        );
        let (range, with) = found[0].replacement.clone().unwrap();
        assert_eq!(
            (&text[range], &*with),
            ("subprocess.run( x , shell = True)", "run(x)")
        );
    }

    #[test]
    fn several_arguments_and_dollars_in_strings() {
        let any = Shape::read("f($$$)", None).unwrap();
        assert_eq!(any.find("f()\nf(1, 2)\ng(1)\n").len(), 2);
        let text = Shape::read("f('$5')", None).unwrap();
        assert_eq!(text.find("f('$5')\nf('$6')\n").len(), 1);
        assert!(Shape::read("f(", None).is_err());
        assert!(Shape::read("", None).is_err());
        assert!(Shape::read("a\nb", None).is_err());
    }
}
