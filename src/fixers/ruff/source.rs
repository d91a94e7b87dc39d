//! A file's text as ruff sees it.

use std::path::Path;

use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::{PySourceType, SourceType};
use ruff_workspace::Settings;

use crate::fixers::Trouble;

/// The kinds of text that ruff fixes.
#[derive(Debug, Clone)]
pub enum Source {
    /// Python, a stub, or a notebook.
    Python {
        /// The text, or the notebook's concatenated cells.
        kind: SourceKind,
        /// Python, stub or notebook.
        source_type: PySourceType,
    },
    /// Markdown, whose Python blocks are formatted.
    Markdown(String),
    /// `pyproject.toml` or a ruff configuration, which some rules check.
    Toml(String, ruff_python_ast::TomlSourceType),
    /// Something ruff does not look at (a notebook of another language).
    Foreign,
}

impl Source {
    /// Recognises the kind of text by the path, as ruff's `extension` setting says.
    pub fn parse(path: &Path, text: String, settings: &Settings) -> Result<Self, Trouble> {
        match settings.linter.extension.get_source_type(path) {
            SourceType::Python(source_type) => {
                let kind = SourceKind::from_source_code(text, SourceType::Python(source_type))
                    .map_err(|error| Trouble::Unreadable {
                        reason: error.to_string(),
                    })?;
                Ok(kind.map_or(Self::Foreign, |kind| Self::Python { kind, source_type }))
            }
            SourceType::Markdown => Ok(Self::Markdown(text)),
            SourceType::Toml(kind) => Ok(Self::Toml(text, kind)),
        }
    }

    /// The text as it is written to a file.
    pub fn into_text(self) -> Result<String, Trouble> {
        match self {
            Self::Python {
                kind: SourceKind::IpyNotebook(notebook),
                ..
            } => {
                let mut bytes = Vec::new();
                notebook.write(&mut bytes).map_err(|error| Trouble::Tool {
                    tool: "ruff".to_owned(),
                    message: format!("the notebook could not be written back: {error}"),
                })?;
                String::from_utf8(bytes).map_err(|_| Trouble::Tool {
                    tool: "ruff".to_owned(),
                    message: "the notebook written back is not UTF-8".to_owned(),
                })
            }
            Self::Python {
                kind: SourceKind::Python { code, .. } | SourceKind::Markdown(code),
                ..
            } => Ok(code),
            Self::Markdown(text) | Self::Toml(text, _) => Ok(text),
            Self::Foreign => Ok(String::new()),
        }
    }

    /// The text that positions refer to.
    pub fn text(&self) -> &str {
        match self {
            Self::Python { kind, .. } => kind.source_code(),
            Self::Markdown(text) | Self::Toml(text, _) => text,
            Self::Foreign => "",
        }
    }
}
