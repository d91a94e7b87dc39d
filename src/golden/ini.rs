//! INI files as Python's configparser reads them, with the place of every section and
//! key: `setup.cfg`, `tox.ini`, `.importlinter`. Pure.

use ruff_text_size::{TextRange, TextSize};

/// An INI file.
#[derive(Debug, Default)]
pub struct Ini {
    /// The sections, in order.
    pub sections: Vec<Section>,
}

/// One section.
#[derive(Debug)]
pub struct Section {
    /// What stands between the brackets.
    pub name: String,
    /// Where the header stands.
    pub range: TextRange,
    entries: Vec<(String, String)>,
}

impl Ini {
    /// Reads a text. What is no section, key or value is left out, as nothing that is
    /// looked for here can be in it.
    pub fn parse(text: &str) -> Self {
        let mut ini = Self::default();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let begin = at;
            at += line.len();
            let line = line.trim_end();
            let trimmed = line.trim_start_matches('\u{feff}').trim();
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            let continued = line.starts_with([' ', '\t']);
            if !continued && trimmed.starts_with('[') {
                if let Some(end) = trimmed.rfind(']') {
                    let skipped = line.find('[').unwrap_or_default();
                    ini.sections.push(Section {
                        name: trimmed[1..end].to_owned(),
                        range: range(begin + skipped, begin + skipped + end + 1),
                        entries: Vec::new(),
                    });
                }
                continue;
            }
            let Some(section) = ini.sections.last_mut() else {
                continue;
            };
            if continued {
                if let Some((_, value)) = section.entries.last_mut() {
                    if !value.is_empty() {
                        value.push('\n');
                    }
                    value.push_str(trimmed);
                }
                continue;
            }
            let split = trimmed.find(['=', ':']);
            let (key, value) = split.map_or((trimmed, ""), |at| {
                (trimmed[..at].trim_end(), trimmed[at + 1..].trim_start())
            });
            section.entries.push((key.to_lowercase(), value.to_owned()));
        }
        ini
    }

    /// A section by its name.
    pub fn get(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }
}

impl Section {
    /// The value of a key, its lines joined by line ends.
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.entries.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }

    /// The keys, in order, in lower case.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.as_str())
    }

    /// The lines of a value that are not empty.
    pub fn list(&self, key: &str) -> Vec<String> {
        let lines = self.get(key).unwrap_or_default().lines();
        let lines = lines.map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    }
}

fn range(start: usize, end: usize) -> TextRange {
    let at = |at: usize| TextSize::new(u32::try_from(at).unwrap_or_default());
    TextRange::new(at(start), at(end))
}

#[cfg(test)]
mod tests {
    use super::Ini;

    #[test]
    fn sections_and_values_are_read_as_python_reads_them() {
        let text = "; x\nlost = 1\n[a]\nB = 1\nlist =\n    x  \n    # no\n\n    y\n[c:d]\nkey: v\n";
        let ini = Ini::parse(text);
        let a = ini.get("a").unwrap();
        assert_eq!(a.get("b"), Some("1"));
        assert_eq!(a.list("list"), ["x", "y"]);
        let c = ini.get("c:d").unwrap();
        assert_eq!(c.get("key"), Some("v"));
        assert_eq!(&text[c.range], "[c:d]");
        assert_eq!(c.keys().collect::<Vec<_>>(), ["key"]);
    }
}
