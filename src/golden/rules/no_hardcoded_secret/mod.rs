//! GR03: credentials in the code.
//!
//! `formats` knows what keys of services look like, `random` what chance looks like.

mod formats;
mod proof;
mod random;

use ruff_python_ast::Stmt;
use ruff_text_size::Ranged;

use super::credentials::{bound_name, is_credential, is_placeholder, target_name, words};
use crate::escalation::Level;
use crate::golden::found::Found;
use crate::golden::module::{Module, Part, StringAt};
use crate::golden::rule::{Check, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR03",
    slug: "no-hardcoded-secret",
    summary: "a credential in the code",
    origin: Origin::Native,
    level: Level::Critical,
    preset: Preset::Start,
    remedy: Remedy::Never,
    docs: "\
A credential in the code is known to everybody who ever gets a copy of the repository, and stays in \
its history when it is removed. Revoke it, and let the program read the new one from its environment \
or from a store for secrets.

Found are strings that contain a key in the format of a known service, private keys, and strings that \
look random and are bound to a name like `password`, `api_key` or `clientSecret`: as a variable, \
attribute, parameter, keyword, dictionary entry, or in a comparison. A name alone is no violation, \
and neither are placeholders and words. Tests, documentation and docstrings are left alone.

The message never repeats the credential.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::file(check)]),
    proof: proof::EXAMPLES,
};

const HELP: &str = "revoke it, and read the new one from the environment or a store for secrets";

fn check(module: &Module<'_>, found: &mut Found) {
    if module.station.is_any(&[Part::Tests, Part::Docs]) {
        return;
    }
    for string in &module.index.strings {
        if string.docstring {
            continue;
        }
        let value = string.place.node.value.to_str();
        if let Some(what) = formats::find(value) {
            report(string.place.node, what, found);
            continue;
        }
        if is_placeholder(value) || !random::looks_random(value) || is_shown(module, string) {
            continue;
        }
        let name = bound_name(module, &string.place);
        if let Some(name) = name.filter(|name| is_credential(name)) {
            let message = format!("the value of `{name}` looks like a credential");
            found.at(string.place.node, message).help(HELP);
        }
    }
    for at in &module.index.bytes {
        let value: Vec<u8> = at.node.value.bytes().collect();
        if let Some(what) = std::str::from_utf8(&value).ok().and_then(formats::find) {
            report(at.node, what, found);
        }
    }
    for at in &module.index.fstrings {
        let texts = at.node.value.elements();
        let what = texts
            .filter_map(|it| it.as_literal())
            .find_map(|it| formats::find(it));
        if let Some(what) = what {
            report(at.node, what, found);
        }
    }
}

/// Whether a string stands in something named as an example for people to read.
fn is_shown(module: &Module<'_>, string: &StringAt<'_>) -> bool {
    let Stmt::Assign(assign) = module.index.statement(string.place.statement).node else {
        return false;
    };
    let mut names = assign.targets.iter().filter_map(target_name);
    names.any(|name| {
        let words = words(name);
        words
            .iter()
            .any(|word| word.starts_with("placeholder") || word.starts_with("example"))
    })
}

fn report(node: &impl Ranged, what: &str, found: &mut Found) {
    found.at(node, format!("{what} in the code")).help(HELP);
}
