//! One ruff configuration with what it extends.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ruff_workspace::configuration::Configuration;
use ruff_workspace::resolver::{
    ConfigurationOrigin, ConfigurationTransformer, resolve_root_settings,
};

use super::document::{self, Node, Unreadable};
use super::mention::{Origin, Pin, Spot};
use super::selection::Layer;
use super::surroundings::Surroundings;
use super::toml;
use crate::fixers::Tool;

/// ruff itself has no bound; a chain this long is a mistake or an attack.
const MAX_CHAIN: usize = 32;

/// A `.ruff.toml`, a `ruff.toml`, or a `pyproject.toml` with `[tool.ruff]`.
#[derive(Debug, Clone)]
pub(super) struct RuffFile {
    /// Absolute path.
    pub file: PathBuf,
    /// Where its table begins, and how a person calls it.
    pub spot: Spot,
    /// `[tool.ruff]`, or the name of the file.
    pub name: String,
    /// Selections, from the most extended file to this one.
    pub layers: Vec<Layer>,
    /// Where `select` or `extend-select` stands, nearest first.
    pub select: Option<Spot>,
    /// Where a formatter's table stands, here or in an extended file.
    pub format: Option<Spot>,
    /// `required-version`, the nearest.
    pub required: Option<Pin>,
    /// Why the configuration cannot be used.
    pub refused: Option<Unreadable>,
}

impl RuffFile {
    /// Reads a configuration whose document is parsed already; follows `extend`.
    pub(super) fn read(
        file: &Path,
        document: &Node,
        boundary: &Path,
        surroundings: &Surroundings,
    ) -> Option<Self> {
        let (table, line, name) = table(file, document)?;
        let mut found = Self {
            file: file.to_path_buf(),
            spot: spot(file, line),
            name,
            layers: Vec::new(),
            select: None,
            format: None,
            required: None,
            refused: None,
        };
        found.add(file, table);
        let mut from = file.to_path_buf();
        let mut next = extended(&from, table);
        let mut seen = vec![from.clone()];
        while let Some((written, line)) = next.take() {
            let step = target(&from, &written, boundary, surroundings).and_then(|path| {
                if seen.contains(&path) || seen.len() >= MAX_CHAIN {
                    return Err("extends itself".to_owned());
                }
                Ok(path)
            });
            let path = match step {
                Ok(path) => path,
                Err(message) => {
                    found.refused = Some(Unreadable {
                        file: from,
                        line,
                        column: 0,
                        message,
                    });
                    break;
                }
            };
            match document::read(&path) {
                Ok(Some(text)) => match toml::parse(&path, &text) {
                    Ok(document) => {
                        if let Some((table, _, _)) = self::table(&path, &document) {
                            found.add(&path, table);
                            next = extended(&path, table);
                        }
                    }
                    Err(unreadable) => found.refused = Some(unreadable),
                },
                Ok(None) => {
                    found.refused = Some(Unreadable {
                        file: from.clone(),
                        line,
                        column: 0,
                        message: "extends a file that does not exist".to_owned(),
                    });
                }
                Err(unreadable) => found.refused = Some(unreadable),
            }
            seen.push(path.clone());
            from = path;
        }
        // Collected from the file outwards.
        found.layers.reverse();
        Some(found)
    }

    fn add(&mut self, file: &Path, table: &Node) {
        self.layers.push(Layer::of(table));
        let select = [["lint", "select"], ["lint", "extend-select"]]
            .iter()
            .find_map(|keys| table.get(keys))
            .or_else(|| table.get(&["select"]))
            .or_else(|| table.get(&["extend-select"]));
        if self.select.is_none() {
            self.select = select.map(|node| spot(file, node.line));
        }
        if self.format.is_none() {
            self.format = table.entry("format").map(|entry| spot(file, entry.line));
        }
        if self.required.is_none()
            && let Some(entry) = table.entry("required-version")
            && let Some(text) = entry.node.text()
        {
            self.required = required_version(Tool::Ruff, text, spot(file, entry.line));
        }
    }

    /// What the embedded ruff says against this configuration, if anything. This
    /// resolves it as a fix would, so it is asked only where that ruff will run.
    pub(super) fn embedded_refuses(&self) -> Option<Unreadable> {
        let error =
            resolve_root_settings(&self.file, &AsItIs, ConfigurationOrigin::Unknown).err()?;
        let cause = error.root_cause().to_string();
        // The reports quote the file between the first line and the last.
        let place = cause.lines().next().unwrap_or("");
        let number = |name: &str| -> u32 {
            place
                .split_once(name)
                .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next())
                .and_then(|digits| digits.parse().ok())
                .unwrap_or(0)
        };
        let message = cause.lines().last().unwrap_or("cannot be used").trim();
        // An unknown key is reported at its table and a rule without a place; a
        // person wants the line.
        let key = message
            .split('`')
            .nth(1)
            .and_then(|name| self.line_of(name));
        Some(Unreadable {
            file: self.file.clone(),
            line: key.unwrap_or_else(|| number("line ")),
            column: if key.is_some() { 1 } else { number("column ") },
            message: message.to_owned(),
        })
    }

    fn line_of(&self, key: &str) -> Option<u32> {
        let text = document::read(&self.file).ok()??;
        (1u32..)
            .zip(text.lines())
            .find(|(_, line)| {
                line.contains(&format!("\"{key}\""))
                    || line
                        .strip_prefix(key)
                        .is_some_and(|rest| rest.trim_start().starts_with('='))
            })
            .map(|(number, _)| number)
    }
}

struct AsItIs;

impl ConfigurationTransformer for AsItIs {
    fn transform(&self, configuration: Configuration) -> Configuration {
        configuration
    }
}

fn spot(file: &Path, line: u32) -> Spot {
    Spot {
        file: Arc::new(file.to_path_buf()),
        line: Some(line),
    }
}

fn table<'a>(file: &Path, document: &'a Node) -> Option<(&'a Node, u32, String)> {
    let name = file.file_name()?.to_string_lossy();
    if name.ends_with("ruff.toml") || document.get(&["tool"]).is_none() && name != "pyproject.toml"
    {
        return Some((document, 1, name.into_owned()));
    }
    let entry = document.get(&["tool"])?.entry("ruff")?;
    Some((&entry.node, entry.line, "[tool.ruff]".to_owned()))
}

/// A `required-version`: a plain version means exactly that one.
pub(super) fn required_version(tool: Tool, text: &str, spot: Spot) -> Option<Pin> {
    let shown = format!("required-version = \"{text}\"");
    Pin::exact(tool, text, Origin::RequiredVersion, spot.clone(), &shown).or_else(|| {
        Some(Pin {
            tool,
            wanted: text.parse().ok()?,
            origin: Origin::RequiredVersion,
            spot,
            text: shown,
        })
    })
}

fn extended(_from: &Path, table: &Node) -> Option<(String, u32)> {
    let entry = table.entry("extend")?;
    Some((entry.node.text()?.to_owned(), entry.line))
}

/// The file that `extend` means, if hive may read it.
fn target(
    from: &Path,
    written: &str,
    boundary: &Path,
    surroundings: &Surroundings,
) -> Result<PathBuf, String> {
    if written.contains('$') {
        return Err("extends a file named by an environment variable".to_owned());
    }
    let path = match (written.strip_prefix("~/"), &surroundings.home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => from.parent().unwrap_or(boundary).join(written),
    };
    let Ok(real) = path.canonicalize() else {
        return Err("extends a file that does not exist".to_owned());
    };
    let inside = |directory: &Path| {
        directory
            .canonicalize()
            .is_ok_and(|directory| real.starts_with(directory))
    };
    if inside(boundary) || surroundings.config.as_deref().is_some_and(inside) {
        Ok(real)
    } else {
        Err(
            "extends a file outside the repository and the user's configuration directory, \
             which is refused"
                .to_owned(),
        )
    }
}
