//! GR37: the environment and configuration files are read in one place.
//!
//! `files` knows what opening a configuration file looks like.

mod files;
mod proof;

use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprContext};
use ruff_text_size::Ranged;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::found::{Edit, Found};
use crate::golden::module::{At, BindingKind, Module, Part, ScopeId};
use crate::golden::rule::{Check, FileCheck, Origin, Params as RuleParams, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR37",
    slug: "env-in-config-only",
    summary: "the environment or a configuration file read outside of the settings",
    origin: Origin::Native,
    level: Level::Error,
    preset: Preset::Set,
    remedy: Remedy::Suggest,
    docs: "\
What a program can be told has to be known in one place, with types and defaults, and not at the line \
that happens to need it.

Found are reads of the environment outside of the settings: `os.environ[...]`, `.get`, `.pop`, \
`.setdefault`, `os.getenv`, `in os.environ`, under whatever names; and configuration files that are \
opened there: a literal path that ends with `.ini`, `.cfg`, `.conf`, `.toml` or `.env`, or is named \
`config` or `settings`, and `dotenv`. Setting a variable, and handing the whole environment on to a \
child, is fine, and so are the variables in `allow`.

`config_modules` are the modules that may read, as dotted names with everything below them; without it \
they are those with a part of the path named `config`, `settings` or alike. Tests may read.

With `getter` (`\"shop.config.env\"`), a function that takes a name and perhaps a default, the call of \
it is suggested where the module imports it already.",
    params: RuleParams::of::<Params>(),
    prepare: |given| Ok(vec![Check::file(given.params::<Params>()?)]),
    proof: proof::EXAMPLES,
};

/// The rule's settings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// The modules that may read, as dotted names.
    config_modules: Vec<String>,
    /// Variables that everybody may read.
    allow: Vec<String>,
    /// The dotted path of the function that reads a variable.
    getter: Option<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            config_modules: Vec::new(),
            allow: ["CI", "HOME", "PATH", "NO_COLOR"]
                .map(str::to_owned)
                .to_vec(),
            getter: None,
        }
    }
}

const HELP: &str = "read it where the settings are, and take it from there";

impl FileCheck for Params {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        if self.may_read(module) {
            return;
        }
        for at in &module.index.calls {
            if let Some(read) = read(module, at) {
                let variable = at.node.arguments.args.first();
                self.report(module, at, (at.node, read), variable, found);
            } else if let Some(what) = files::opened(module, at) {
                found.at(at.node, format!("{what} is read here")).help(HELP);
            }
        }
        for at in &module.index.subscripts {
            if at.node.ctx == ExprContext::Load && is_environ(module, &at.node.value, at.scope) {
                self.report(
                    module,
                    at,
                    (at.node, Read::Gets),
                    Some(&at.node.slice),
                    found,
                );
            }
        }
        for at in &module.index.comparisons {
            let tests = matches!(&*at.node.ops, [CmpOp::In | CmpOp::NotIn]);
            if tests && is_environ(module, &at.node.comparators[0], at.scope) {
                self.report(
                    module,
                    at,
                    (at.node, Read::Else),
                    Some(&at.node.left),
                    found,
                );
            }
        }
    }
}

impl Params {
    fn may_read(&self, module: &Module<'_>) -> bool {
        if module.station.is(Part::Tests) {
            return true;
        }
        if self.config_modules.is_empty() {
            return module.station.is(Part::Configuration);
        }
        let name = module.station.module.join(".");
        self.config_modules.iter().any(|allowed| {
            let rest = name.strip_prefix(allowed.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    fn report<T>(
        &self,
        module: &Module<'_>,
        at: &At<'_, T>,
        (node, read): (&impl Ranged, Read),
        variable: Option<&Expr>,
        found: &mut Found,
    ) {
        let name = match variable {
            Some(Expr::StringLiteral(text)) => Some(text.value.to_str()),
            _ => None,
        };
        if name.is_some_and(|name| self.allow.iter().any(|allowed| allowed == name)) {
            return;
        }
        let what = name.map_or_else(
            || "the environment".to_owned(),
            |name| format!("the environment variable `{name}`"),
        );
        let draft = found.at(node, format!("{what} is read here"));
        let variable = variable.filter(|_| read == Read::Gets);
        match variable.and_then(|variable| self.edit(module, at.scope, node, variable)) {
            Some((title, edit)) => draft.fix(Remedy::Suggest, title, vec![edit]),
            None => draft.help(HELP),
        };
    }

    /// The call of the getter instead of the read, if the module has it.
    fn edit(
        &self,
        module: &Module<'_>,
        scope: ScopeId,
        node: &impl Ranged,
        variable: &Expr,
    ) -> Option<(String, Edit)> {
        let getter: Vec<&str> = self.getter.as_deref()?.split('.').collect();
        let is_getter =
            |kind: &BindingKind<'_>| matches!(kind, BindingKind::Import(path) if *path == getter);
        let mut names: Vec<&str> = module
            .scopes()
            .module_names()
            .filter(|(_, bindings)| matches!(bindings, [only] if is_getter(&only.kind)))
            .map(|(name, _)| name)
            .collect();
        names.sort_unstable();
        let name = names
            .first()
            .filter(|name| !module.scopes().is_shadowed(name, scope))?;
        let text = module.text_of(node);
        let arguments = if text.ends_with(']') {
            module.text_of(variable).to_owned()
        } else {
            let begin = variable.start() - node.start();
            text[begin.to_usize()..text.len() - 1].trim_end().to_owned()
        };
        let title = format!("Use `{name}`");
        let edit = Edit::replace(node.range(), format!("{name}({arguments})"));
        Some((title, edit))
    }
}

/// What a read of the environment does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    /// It gets a variable, as the getter does.
    Gets,
    /// It also changes the environment, wants bytes, or only asks.
    Else,
}

/// Whether and how a call reads the environment.
fn read<'a>(module: &Module<'a>, at: &At<'a, ExprCall>) -> Option<Read> {
    let path = module.qualified(&at.node.func, at.scope)?;
    match path[..] {
        ["os", "getenv"] | ["os", "environ", "get"] => Some(Read::Gets),
        ["os", "getenvb"] | ["os", "environ" | "environb", "get" | "pop" | "setdefault"] => {
            Some(Read::Else)
        }
        _ => None,
    }
}

fn is_environ<'a>(module: &Module<'a>, expr: &'a Expr, scope: ScopeId) -> bool {
    let path = module.qualified(expr, scope);
    path.is_some_and(|path| matches!(path[..], ["os", "environ" | "environb"]))
}
