//! `hive config`: what counts, who said so, and what can be said.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde_json::{Map, Value as Json, json};

use super::init::hooks;
use super::listing::put;
use super::{Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::repo::Place;
use crate::settings::catalogue::{self, KEYS, Key};
use crate::settings::{
    self, Layer, Overrides, Resolved, SAMPLE_NAME, Spot, environment, personal, shown,
};
use crate::terminal::plain;
use crate::wake;

/// The setting that hooks depend on.
const MODE: &str = "commit.mode";

/// The version of the shape of `hive config show --json`.
const JSON_VERSION: u32 = 1;

/// Show every setting and who set it
///
/// Without a verb this is `hive config show`. Team settings belong into
/// hive.toml at the root of the repository, or below [tool.hive] in
/// pyproject.toml; `hive config set` writes your own, which are never committed.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ConfigArgs {
    #[command(flatten)]
    show: ShowArgs,
    #[command(subcommand)]
    verb: Option<ConfigVerb>,
}

#[derive(Debug, Subcommand)]
enum ConfigVerb {
    /// Print every value with the layer and the line that set it
    Show(ShowArgs),
    /// Print the JSON schema of hive.toml
    Schema,
    /// Explain one key: what it does, its default, its value now and who set it
    Explain {
        /// The key, such as `lint` or `worker.max`
        key: String,
    },
    /// Set a personal key for this repository
    Set {
        /// The key, such as `worker.max`
        key: String,
        /// The value; items of a list are separated by commas
        value: String,
    },
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs `hive config`.
pub fn run(args: ConfigArgs, context: &Context) -> Outcome<Ending> {
    let place = Place::find(&context.cwd);
    let verb = args.verb.unwrap_or(ConfigVerb::Show(args.show));
    let text = match verb {
        ConfigVerb::Show(args) => {
            let resolved = load(place.as_ref(), context)?;
            if args.json {
                pretty(&listing(&resolved))
            } else {
                table(&resolved, place.as_ref(), context)
            }
        }
        ConfigVerb::Schema => pretty(&settings::schema()),
        ConfigVerb::Explain { key } => return explain(known(&key)?, place.as_ref(), context),
        ConfigVerb::Set { key, value } => {
            return set(known(&key)?, &value, place.as_ref(), context);
        }
    };
    print(context, &text)?;
    Ok(Ending::Clean)
}

fn print(context: &Context, text: &str) -> Outcome<()> {
    context
        .terminal
        .data(text.as_bytes())
        .map_err(|error| Failure::internal("cannot write to standard output").caused_by(error))
}

fn pretty(json: &Json) -> String {
    format!("{json:#}\n")
}

fn load(place: Option<&Place>, context: &Context) -> Outcome<Resolved> {
    let resolved = settings::load(place, &Overrides::default())?;
    for warning in &resolved.warnings {
        context.terminal.warn(warning);
    }
    Ok(resolved)
}

fn known(name: &str) -> Outcome<&'static Key> {
    catalogue::find(name).ok_or_else(|| {
        Failure::usage(settings::unknown_key(name)).hint("`hive config show` lists every key")
    })
}

/// A value as it would be written in TOML; strings, numbers and lists of strings
/// look the same there as in JSON.
fn written(value: Option<&Json>) -> String {
    value.map_or_else(
        || "(not set)".to_owned(),
        |value| plain(&value.to_string()).into_owned(),
    )
}

fn who(resolved: &Resolved, key: &Key, place: Option<&Place>) -> String {
    let root = place.map(|place| place.root.as_path());
    match resolved.origins.get(key.name) {
        Some(origin) => format!("{} ({})", origin.layer.word(), origin.shown(root)),
        None => String::new(),
    }
}

fn table(resolved: &Resolved, place: Option<&Place>, context: &Context) -> String {
    let tree = resolved.tree();
    let rows: Vec<(&Key, String, String)> = KEYS
        .iter()
        .map(|key| {
            let value = written(settings::value(&tree, key.name));
            (key, value, who(resolved, key, place))
        })
        .collect();
    let widest = |of: fn(&(&Key, String, String)) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let names = widest(|row| row.0.name.len());
    // One long list must not push every origin off the screen.
    let values = widest(|row| row.1.chars().count()).min(24);
    let mut text = String::new();
    for (key, value, who) in &rows {
        let default = resolved
            .origins
            .get(key.name)
            .is_none_or(|origin| origin.layer == Layer::Default);
        let style = context.terminal.out_style();
        let style = if default { style.dim() } else { style };
        let line = format!("{:names$} = {value:values$}  {who}", key.name);
        let _ = writeln!(text, "{}", style.apply_to(line.trim_end()));
    }
    text
}

fn listing(resolved: &Resolved) -> Json {
    let tree = resolved.tree();
    let rows: Vec<Json> = KEYS
        .iter()
        .map(|key| {
            let mut row = Map::new();
            row.insert("key".to_owned(), json!(key.name));
            row.insert("value".to_owned(), json!(settings::value(&tree, key.name)));
            row.insert("owner".to_owned(), json!(key.owner.word()));
            if let Some(origin) = resolved.origins.get(key.name) {
                row.insert("layer".to_owned(), json!(origin.layer.word()));
                match &origin.spot {
                    Spot::Line(path, line) => {
                        row.insert("file".to_owned(), json!(path.to_string_lossy()));
                        row.insert("line".to_owned(), json!(line));
                    }
                    Spot::Variable(name) => {
                        row.insert("variable".to_owned(), json!(name));
                    }
                    Spot::Flag(name) => {
                        row.insert("flag".to_owned(), json!(name));
                    }
                }
            }
            Json::Object(row)
        })
        .collect();
    json!({ "version": JSON_VERSION, "settings": rows, "warnings": resolved.warnings })
}

/// The hooks follow the mode: what is asked before a commit is there only where it is
/// wanted. Where `hive init` has never been, that will do it.
fn follow(place: &Place, context: &Context) -> Outcome<()> {
    if !wake::is_installed(place) {
        return Ok(());
    }
    let mode = settings::load(Some(place), &Overrides::default())?;
    hooks::follow(place, mode.settings.commit.mode, context)
}

/// Where the facts about a setting begin, behind their names.
const FACT: usize = 10;

/// The words come first and do not depend on the files, so that a broken file can
/// be repaired with their help; then its mistakes are told as everywhere.
fn explain(key: &'static Key, place: Option<&Place>, context: &Context) -> Outcome<Ending> {
    let default = settings::defaults();
    let words = format!(
        "{} ({})\n\n{}\n{}\n\n",
        key.name,
        key.owner.word(),
        key.doc,
        key.long,
    );
    let facts = format!(
        "type      {}\ndefault   {}\nset by    {}\n",
        key.shape.describe(),
        written(settings::value(&default, key.name)),
        settings::page::by(key).replace('`', ""),
    );
    for line in words.lines() {
        put(context, line, 0)?;
    }
    for line in facts.lines() {
        put(context, line, FACT)?;
    }
    let resolved = load(place, context)?;
    let now = written(settings::value(&resolved.tree(), key.name));
    let line = format!("now       {now}  {}", who(&resolved, key, place));
    put(context, &line, FACT)?;
    Ok(Ending::Clean)
}

fn set(
    key: &'static Key,
    value: &str,
    place: Option<&Place>,
    context: &Context,
) -> Outcome<Ending> {
    let Some(place) = place else {
        let file = settings::user_file().map_or_else(
            || format!("your user's hive/config.toml (see {SAMPLE_NAME})"),
            |path| shown(&path, None),
        );
        return Err(
            Failure::usage("there is no personal file here: this is no git repository").hint(
                format!("write `{}` into {file} to set it everywhere", key.name),
            ),
        );
    };
    let path = personal::set(place, key, value)?;
    context.terminal.say(&format!(
        "{} = {} in {}",
        key.name,
        plain(value),
        shown(&path, Some(&place.root))
    ));
    if key.name == MODE {
        follow(place, context)?;
    }
    if environment::set(&key.variable()) {
        context.terminal.warn(&format!(
            "{} is set in the environment and is stronger",
            key.variable()
        ));
    }
    Ok(Ending::Clean)
}
