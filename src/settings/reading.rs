//! Reads the text of one file into entries of known keys, and collects
//! everything that is wrong with it. Pure.

use std::ops::Range;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::catalogue::{self, KEYS, Key, Shape};
use super::problem::Problem;
use super::suggest;
use super::values::Given;
use super::written::Written;

/// One key that a file sets to a value that the key accepts.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: &'static Key,
    pub(super) given: Given,
    /// 1-based line of the value's key.
    pub(super) line: usize,
    /// Where the value stands, in bytes.
    pub(super) span: Range<usize>,
}

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) entries: Vec<Entry>,
    pub(super) problems: Vec<Problem>,
}

impl Reading {
    /// The entry of a key, if the file sets it.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.name == name)
    }
}

/// Reads a file in which the settings are everything. `file` is its name in messages.
pub(super) fn whole(file: &str, text: &str) -> Reading {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader::new(file, text);
    reader.syntax(&errors);
    reader.table(table.get_ref(), "");
    reader.done()
}

/// Reads `[tool.hive]` of a `pyproject.toml`; `None` where there is no such table.
///
/// A file that cannot be parsed and does not name the table is somebody else's
/// to complain about.
pub(super) fn tool_table(file: &str, text: &str) -> Option<Reading> {
    if !text.contains("hive") {
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader::new(file, text);
    let value = table.get_ref().get("tool").and_then(|tool| {
        let table = tool.get_ref().as_table()?;
        table.get("hive")
    });
    match value {
        Some(value) => match value.get_ref().as_table() {
            Some(table) => reader.table(table, ""),
            None => reader.problem(&value.span(), "`tool.hive` must be a table"),
        },
        None if errors.is_empty() || !text.contains("tool.hive") => return None,
        None => {}
    }
    reader.syntax(&errors);
    Some(reader.done())
}

/// How many problems of a file are told, and as many where it is no TOML: to find the
/// line of each of a hundred thousand takes minutes, and nobody reads them.
const MOST: usize = 40;

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    entries: Vec<Entry>,
    /// With the offset, so that they can be shown in the order of the file.
    problems: Vec<(usize, Problem)>,
    /// Where the text is no TOML.
    broken: Vec<(usize, Problem)>,
    /// How many problems are not told.
    more: usize,
    /// Where each line ends.
    ends: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            text,
            entries: Vec::new(),
            problems: Vec::new(),
            broken: Vec::new(),
            more: 0,
            ends: memchr::memchr_iter(b'\n', text.as_bytes()).collect(),
        }
    }

    /// The 1-based line of a byte offset.
    fn line(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end < offset) + 1
    }

    /// A line that is no TOML is told once: what recovery makes of its value is
    /// not what anybody wrote.
    fn done(mut self) -> Reading {
        let broken: Vec<usize> = self.broken.iter().map(|(at, _)| self.line(*at)).collect();
        let mut problems = std::mem::take(&mut self.problems);
        problems.retain(|(at, _)| !broken.contains(&self.line(*at)));
        self.problems = problems;
        self.problems.append(&mut self.broken);
        self.problems.sort_by_key(|(offset, _)| *offset);
        if self.more > 0 {
            let said = format!("{} more problems are not shown", self.more);
            self.problems
                .push((usize::MAX, Problem::of(self.file, said)));
        }
        Reading {
            entries: self.entries,
            problems: self.problems.into_iter().map(|(_, one)| one).collect(),
        }
    }

    fn problem(&mut self, span: &Range<usize>, message: impl Into<String>) {
        if self.problems.len() >= MOST {
            self.more += 1;
            return;
        }
        let problem = Problem::at(self.file, self.text, span, message);
        self.problems.push((span.start, problem));
    }

    fn syntax(&mut self, errors: &[toml::de::Error]) {
        self.more += errors.len().saturating_sub(MOST);
        for error in errors.iter().take(MOST) {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().replace('\n', ", ");
            let problem = Problem::at(self.file, self.text, &span, message);
            self.broken.push((span.start, problem));
        }
    }

    fn table(&mut self, table: &DeTable<'_>, prefix: &str) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            if let Some(known) = catalogue::find(&name) {
                self.value(known, given(value.get_ref()), key.span().start, value);
            } else if let Some((known, rule)) = catalogue::rule_table(&name) {
                let table = serde_json::json!({ rule: json(value.get_ref()) });
                self.value(known, Given::Tree(table), key.span().start, value);
            } else if is_section(&name) {
                match value.get_ref().as_table() {
                    Some(inner) => self.table(inner, &format!("{name}.")),
                    None => self.problem(&value.span(), format!("`{name}` must be a table")),
                }
            } else {
                // Looked for only where it is told: a guess compares with every key.
                let message = if self.problems.len() < MOST {
                    unknown(&name)
                } else {
                    String::new()
                };
                self.problem(&key.span(), message);
            }
        }
    }

    fn value(
        &mut self,
        key: &'static Key,
        given: Given,
        begin: usize,
        value: &Spanned<DeValue<'_>>,
    ) {
        match (key.read)(&given, &mut Written::default()) {
            Ok(()) => self.entries.push(Entry {
                key,
                given,
                line: self.line(begin),
                span: value.span(),
            }),
            // What is said about a table names the key in it.
            Err(message) if matches!(key.shape, Shape::Tables(_)) => {
                self.problem(&value.span(), message);
            }
            Err(message) => self.problem(&value.span(), format!("`{}`: {message}", key.name)),
        }
    }
}

fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| {
        key.name
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// What to say about a key that does not exist.
pub(super) fn unknown(name: &str) -> String {
    format!(
        "unknown key `{name}`{}",
        known_like(name)
            .map(|guess| format!("; did you mean `{guess}`?"))
            .unwrap_or_default()
    )
}

/// The key or section that was probably meant: the closest by spelling, else the
/// one that has this name in another section.
fn known_like(name: &str) -> Option<&'static str> {
    let sections = KEYS
        .iter()
        .filter_map(|key| Some(key.name.split_once('.')?.0));
    let names = KEYS.iter().map(|key| key.name).chain(sections);
    if let Some(rule) = name.strip_prefix("golden.") {
        let rules = crate::golden::registry::all().map(|rule| rule.slug);
        if let Some(slug) = suggest::closest(rule, rules) {
            return Some(slug);
        }
    }
    suggest::closest(name, names).or_else(|| {
        let last = |name: &'static str| name.rsplit('.').next();
        let wanted = name.rsplit('.').next();
        KEYS.iter()
            .map(|key| key.name)
            .find(|known| last(known) == wanted)
    })
}

fn given(value: &DeValue<'_>) -> Given {
    match value {
        DeValue::String(text) => Given::Text(text.clone().into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Given::Other("an integer out of range"), Given::Number),
        DeValue::Array(items) => items
            .iter()
            .map(|item| item.get_ref().as_str().map(ToOwned::to_owned))
            .collect::<Option<Vec<_>>>()
            .map_or_else(|| Given::Tree(json(value)), Given::List),
        DeValue::Float(_) => Given::Other("a decimal number"),
        DeValue::Boolean(_) => Given::Other("a boolean"),
        DeValue::Datetime(_) => Given::Other("a date"),
        DeValue::Table(_) => Given::Tree(json(value)),
    }
}

/// A value as JSON; dates as text.
fn json(value: &DeValue<'_>) -> Json {
    match value {
        DeValue::String(text) => Json::from(text.as_ref()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Json::from(number.as_str()), Json::from),
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .map_or_else(|_| Json::from(number.as_str()), Json::from),
        DeValue::Boolean(value) => Json::from(*value),
        DeValue::Datetime(date) => Json::from(date.to_string()),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, tool_table, whole};

    fn problems(text: &str) -> Vec<String> {
        let reading = whole("hive.toml", text);
        let first =
            |problem: &super::Problem| problem.to_string().lines().next().map(str::to_owned);
        reading.problems.iter().filter_map(first).collect()
    }

    #[test]
    fn every_mistake_of_a_file_is_told_in_its_order() {
        for (text, expected) in [
            ("lint = \"ruff\"\n[worker]\nmax = 2\n", &[][..]),
            ("worker.max = 0x10\n", &[]),
            ("\u{feff}lint = \"off\"\n", &[]),
            (
                "lnit = \"ruff\"\nformat = \"blak\"\n[workers]\nmax = 1\n[output]\ncolor = \"auto\"\n",
                &[
                    "hive.toml:1:1: unknown key `lnit`; did you mean `lint`?",
                    "hive.toml:2:10: `format`: expected \"auto\", \"ruff\", \"black\" or \"off\", found \"blak\"; did you mean \"black\"?",
                    "hive.toml:3:2: unknown key `workers`; did you mean `worker`?",
                    "hive.toml:6:1: unknown key `output.color`; did you mean `output.colour`?",
                ],
            ),
            (
                "deadline = \"1s\"\n",
                &["hive.toml:1:1: unknown key `deadline`; did you mean `worker.deadline`?"],
            ),
            ("zzzz = 1\n", &["hive.toml:1:1: unknown key `zzzz`"]),
            (
                "worker = 3\n",
                &["hive.toml:1:10: `worker` must be a table"],
            ),
            (
                "lint = { a = 1 }\n",
                &["hive.toml:1:8: `lint`: expected \"auto\", \"ruff\" or \"off\", found a table"],
            ),
            (
                "exclude = [\"a\", 1]\n",
                &[
                    "hive.toml:1:11: `exclude`: expected a list of strings, found a list with other things in it",
                ],
            ),
            (
                "lint = \"ruff\"\nlint = \"off\"\n",
                &["hive.toml:2:1: duplicate key"],
            ),
        ] {
            assert_eq!(problems(text), expected, "{text}");
        }
        let broken = problems("lint = \nlnit = 1\n");
        assert_eq!(broken.len(), 2, "{broken:?}");
    }

    /// This took minutes: the line of each was counted from the beginning.
    #[test]
    fn a_hundred_thousand_mistakes_are_told_in_a_moment() {
        use std::fmt::Write as _;
        let mut text = String::new();
        for number in 0..100_000 {
            let _ = writeln!(text, "key{number} = {number}");
        }
        let told = problems(&text);
        assert_eq!(told.len(), super::MOST + 1);
        let last = told.last().unwrap();
        assert!(last.contains("99960 more problems"), "{last}");
        let broken = problems(&"= 1\n".repeat(100_000));
        assert!(broken.len() <= super::MOST + 1, "{}", broken.len());
    }

    #[test]
    fn the_table_of_a_pyproject_is_found_or_left_to_others() {
        let text = "[project]\nname = \"beehive\"\n[tool.hive]\nlint = \"off\"\n";
        let reading = tool_table("pyproject.toml", text).unwrap();
        let entry = reading.entry("lint").unwrap();
        assert_eq!((&entry.given, entry.line), (&Given::Text("off".into()), 4));
        for other in [
            "[project]\nname = \"beehive\"\n",
            "[project]\nname = \"x\n",
            "name = beehive [\n",
        ] {
            assert!(tool_table("pyproject.toml", other).is_none(), "{other}");
        }
        let broken = tool_table("pyproject.toml", "[tool.hive\nlint = 1\n").unwrap();
        assert!(!broken.problems.is_empty());
    }
}
