//! GR11: asynchronous functions without the agreed suffix.

use ruff_python_ast::{Decorator, Expr, Stmt, StmtClassDef, StmtFunctionDef};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::found::Found;
use crate::golden::module::{BindingKind, Meaning, Module, Part, ScopeId, ScopeKind};
use crate::golden::rule::{
    Check, Example, FileCheck, Origin, Params as RuleParams, Preset, Remedy, Rule,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR11",
    slug: "async-naming",
    summary: "an `async def` without the agreed suffix",
    origin: Origin::Native,
    level: Level::Warning,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
Where synchronous and asynchronous functions of one purpose stand side by side, a suffix shows at the \
call that an `await` is needed.

Names have to end with `suffix` (`_async`). Left alone are names that others choose: methods with two \
underscores on both sides, methods that override one of a base class (or may, since the base is in \
another module), functions with a decorator of a framework (`@app.get(...)`, `@pytest.fixture`), \
tests, and the names in `allow`.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        if params.suffix.is_empty() {
            return Err("`suffix` is empty".to_owned());
        }
        Ok(vec![Check::file(params)])
    },
    proof: &[
        Example::new(
            &[(
                "shop/api.py",
                "import contextlib\n\n\nasync def load():\n    pass\n\n\nclass Client:\n    async def send(self):\n        pass\n\n    @staticmethod\n    @contextlib.asynccontextmanager\n    async def open():\n        yield\n\n\nclass Own(Client):\n    async def close(self):\n        pass\n",
            )],
            &[
                ("shop/api.py", 4, 11),
                ("shop/api.py", 9, 15),
                ("shop/api.py", 14, 15),
                ("shop/api.py", 19, 15),
            ],
        ),
        Example::new(
            &[(
                "shop/api.py",
                "async def load():\n    pass\n\n\nasync def fetch():\n    pass\n\n\nasync def main():\n    pass\n",
            )],
            &[("shop/api.py", 5, 11)],
        )
        .with("suffix = \"load\"\nallow = [\"main\", \"fetch2\"]"),
        Example::new(
            &[
                (
                    "shop/api.py",
                    "import framework\nfrom typing import override\n\n\nasync def load_async():\n    pass\n\n\ndef plain():\n    pass\n\n\n@framework.get('/')\nasync def index():\n    pass\n\n\nclass Client:\n    async def __aenter__(self):\n        pass\n\n    async def send_async(self):\n        pass\n\n\nclass Own(Client):\n    async def __aexit__(self, *_):\n        pass\n\n    @override\n    async def send(self):\n        pass\n\n\nclass Foreign(framework.View):\n    async def get(self):\n        pass\n\n\nclass Grand(Foreign):\n    async def get(self):\n        pass\n",
                ),
                ("tests/test_api.py", "async def test_load():\n    pass\n"),
            ],
            &[],
        ),
    ],
};

/// The rule's settings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// What the names end with.
    suffix: String,
    /// Names that need no suffix.
    allow: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            suffix: "_async".to_owned(),
            allow: Vec::new(),
        }
    }
}

/// Decorators that leave the name to who writes the function.
const NEUTRAL: [&[&str]; 12] = [
    &["builtins", "staticmethod"],
    &["builtins", "classmethod"],
    &["builtins", "property"],
    &["abc", "abstractmethod"],
    &["contextlib", "asynccontextmanager"],
    &["functools", "wraps"],
    &["functools", "cache"],
    &["functools", "lru_cache"],
    &["typing", "final"],
    &["typing_extensions", "final"],
    &["typing", "overload"],
    &["warnings", "deprecated"],
];

impl FileCheck for Params {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        if module.station.is(Part::Tests) {
            return;
        }
        for at in &module.index.statements {
            let Stmt::FunctionDef(function) = at.node else {
                continue;
            };
            let name = function.name.as_str();
            if !function.is_async
                || name.ends_with(&self.suffix)
                || name.starts_with("__") && name.ends_with("__")
                || self.allow.iter().any(|allowed| allowed == name)
                || !function
                    .decorator_list
                    .iter()
                    .all(|it| is_neutral(module, it, at.scope))
                || may_override(module, function, at.scope)
            {
                continue;
            }
            let message = format!(
                "`{name}` is asynchronous, but does not end with `{}`",
                self.suffix
            );
            found.at(&function.name, message);
        }
    }
}

fn is_neutral<'a>(module: &Module<'a>, decorator: &'a Decorator, scope: ScopeId) -> bool {
    let named = match &decorator.expression {
        Expr::Call(call) => &*call.func,
        other => other,
    };
    let path = module.qualified(named, scope);
    path.is_some_and(|path| NEUTRAL.contains(&path.as_slice()))
}

/// Whether a method has the name of one of a base, or may have.
fn may_override(module: &Module<'_>, function: &StmtFunctionDef, scope: ScopeId) -> bool {
    let around = module.scopes().get(scope);
    match around.owner {
        Some(Stmt::ClassDef(class)) if around.kind == ScopeKind::Class => {
            let outer = around.parent.unwrap_or_default();
            base_has(module, class, function.name.as_str(), outer, 16)
        }
        _ => false,
    }
}

fn base_has(
    module: &Module<'_>,
    class: &StmtClassDef,
    name: &str,
    scope: ScopeId,
    left: u8,
) -> bool {
    class.bases().iter().any(|base| {
        let Expr::Name(base) = base else { return true };
        let (only, at) = match module.scopes().meaning(base.id.as_str(), scope) {
            Meaning::Bound([only], at) => (only, at),
            Meaning::Builtin => return base.id != "object",
            _ => return true,
        };
        let BindingKind::Definition(Stmt::ClassDef(base)) = only.kind else {
            return true;
        };
        let has = base
            .body
            .iter()
            .any(|it| matches!(it, Stmt::FunctionDef(method) if method.name.as_str() == name));
        has || left == 0 || base_has(module, base, name, at, left - 1)
    })
}
