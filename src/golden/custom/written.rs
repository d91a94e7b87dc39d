//! A rule as it is written in `hive.toml`. Pure.

use serde::Deserialize;
use serde_json::Value as Json;

use super::{CustomRule, What};
use crate::escalation::Level;
use crate::golden::registry;

/// The keys as they are written; what may be one or several is a list here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    message: String,
    #[serde(default)]
    level: Option<String>,
    #[serde(default)]
    land: Option<bool>,
    #[serde(default)]
    call: Several,
    #[serde(default)]
    import: Several,
    #[serde(default)]
    mention: Several,
    #[serde(default)]
    define: Several,
    #[serde(default)]
    decorate: Several,
    #[serde(default)]
    inherit: Several,
    #[serde(default)]
    comment: Several,
    #[serde(default)]
    pattern: Option<String>,
    #[serde(default, rename = "in")]
    within: Several,
    #[serde(default)]
    except: Several,
    #[serde(default)]
    allow: Several,
    #[serde(default)]
    with: Several,
    #[serde(default)]
    without: Several,
    #[serde(default)]
    required: bool,
    #[serde(default, rename = "use")]
    replacement: Option<String>,
    #[serde(default)]
    bad: Several,
    #[serde(default)]
    good: Several,
}

#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Several {
    #[default]
    None,
    One(Item),
    Many(Vec<Item>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Item {
    Text(String),
    Number(u32),
}

impl Several {
    fn list(self) -> Vec<String> {
        let text = |item| match item {
            Item::Text(text) => text,
            Item::Number(number) => number.to_string(),
        };
        match self {
            Self::None => Vec::new(),
            Self::One(item) => vec![text(item)],
            Self::Many(items) => items.into_iter().map(text).collect(),
        }
    }
}

/// Reads one entry, or says what is wrong with it.
pub(super) fn read(json: &Json) -> Result<CustomRule, String> {
    let written: Written =
        serde_json::from_value(json.clone()).map_err(|error| error.to_string())?;
    let level = match &written.level {
        None => Level::Error,
        Some(level) => level.parse().map_err(|_| {
            format!("level: expected \"critical\", \"error\", \"warning\" or \"info\", found \"{level}\"")
        })?,
    };
    let (what, names) = matcher([
        (What::Call, written.call.list()),
        (What::Import, written.import.list()),
        (What::Mention, written.mention.list()),
        (What::Define, written.define.list()),
        (What::Decorate, written.decorate.list()),
        (What::Inherit, written.inherit.list()),
        (What::Comment, written.comment.list()),
        (What::Pattern, written.pattern.into_iter().collect()),
    ])?;
    let rule = CustomRule {
        id: written.id,
        message: written.message,
        level,
        land: written.land,
        what,
        names,
        allow: written.allow.list(),
        with: written.with.list(),
        without: written.without.list(),
        required: written.required,
        within: written.within.list(),
        except: written.except.list(),
        replacement: written.replacement,
        bad: written.bad.list(),
        good: written.good.list(),
    };
    fits(&rule)?;
    Ok(rule)
}

fn matcher(all: [(What, Vec<String>); 8]) -> Result<(What, Vec<String>), String> {
    let mut given = all.into_iter().filter(|(_, names)| !names.is_empty());
    let keys = "call, import, mention, define, decorate, inherit, comment or pattern";
    let first = given
        .next()
        .ok_or_else(|| format!("it looks for nothing: say one of {keys}"))?;
    match given.next() {
        None => Ok(first),
        Some((other, _)) => Err(format!(
            "`{}` and `{}` exclude each other: one rule says one of {keys}",
            first.0.key(),
            other.key()
        )),
    }
}

/// Whether the keys of a rule go together.
fn fits(rule: &CustomRule) -> Result<(), String> {
    use What::{Call, Comment, Decorate, Define, Import, Inherit, Mention, Pattern};

    let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if rule.id.is_empty() || !rule.id.chars().all(is_id) {
        return Err(format!(
            "id: `{}` is no name: use lower-case letters, digits and `-`",
            rule.id
        ));
    }
    if registry::find(&rule.id).is_some() {
        return Err(format!("id: `{}` is a Golden Rule already", rule.id));
    }
    if rule.message.trim().is_empty() {
        return Err("message: it says nothing".to_owned());
    }
    let takes = |key: &str, given: bool, by: &[What]| {
        if given && !by.contains(&rule.what) {
            let keys: Vec<&str> = by.iter().map(|what| what.key()).collect();
            return Err(format!(
                "`{key}` goes with {}, not with `{}`",
                keys.join(", "),
                rule.what.key()
            ));
        }
        Ok(())
    };
    takes(
        "allow",
        !rule.allow.is_empty(),
        &[Call, Import, Mention, Decorate, Inherit, Define],
    )?;
    takes("with", !rule.with.is_empty(), &[Call, Decorate, Define])?;
    takes(
        "without",
        !rule.without.is_empty(),
        &[Call, Decorate, Define, Comment],
    )?;
    let by = [Call, Import, Mention, Decorate, Inherit, Pattern];
    takes("use", rule.replacement.is_some(), &by)?;
    if rule.required && rule.within.is_empty() {
        return Err("`required` needs `in`: which files have to have it".to_owned());
    }
    if rule.required && rule.replacement.is_some() {
        return Err(
            "`required` and `use` exclude each other: there is nothing to replace".to_owned(),
        );
    }
    if rule.land.is_some() && rule.replacement.is_none() {
        return Err("`land` needs `use`: there is no patch that could land".to_owned());
    }
    Ok(())
}
