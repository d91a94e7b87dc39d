//! GR01: code that changes where Python finds modules.

use ruff_python_ast::{Expr, Stmt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::found::Found;
use crate::golden::module::{BindingKind, Meaning, Module, Part, ScopeId};
use crate::golden::rule::{
    Check, Example, FileCheck, Origin, Params as RuleParams, Preset, Remedy, Rule,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR01",
    slug: "no-sys-path",
    summary: "a write to `sys.path`",
    origin: Origin::Native,
    level: Level::Warning,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
A module that changes `sys.path` changes what every other module of the process imports, and works \
only as long as it is the first to do so. Install the package (`pip install -e .`), or run it with \
`python -m`.

Found are `append`, `insert` and `extend`, `+=`, and assignments to the list, an element or a slice \
of it, also through `from sys import path` and other names for it. Reading it is fine.

Tests, documentation and scripts may do it (`except_in`), and so may the block below `if __name__ == \
\"__main__\"` (`except_main`).",
    params: RuleParams::of::<Params>(),
    prepare: |given| Ok(vec![Check::file(given.params::<Params>()?)]),
    proof: &[
        Example::new(
            &[(
                "shop/app.py",
                "import sys\n\nsys.path.insert(0, '.')\nsys.path.append('lib')\n\n\ndef load(more):\n    sys.path.extend(more)\n    sys.path += more\n    sys.path[:0] = more\n    sys.path[0] = 'x'\n    sys.path = more\n",
            )],
            &[
                ("shop/app.py", 3, 1),
                ("shop/app.py", 4, 1),
                ("shop/app.py", 8, 5),
                ("shop/app.py", 9, 5),
                ("shop/app.py", 10, 5),
                ("shop/app.py", 11, 5),
                ("shop/app.py", 12, 5),
            ],
        ),
        Example::new(
            &[(
                "shop/app.py",
                "from sys import path, path as found\nimport sys as system\n\npath += ['a']\npath.append('a'); found.append('b')\nsystem.path.append('c')\nplaces = system.path\nplaces.append('d')\n",
            )],
            &[
                ("shop/app.py", 4, 1),
                ("shop/app.py", 5, 1),
                ("shop/app.py", 5, 19),
                ("shop/app.py", 6, 1),
                ("shop/app.py", 8, 1),
            ],
        ),
        Example::new(
            &[
                (
                    "shop/app.py",
                    "import os.path\nimport sys\n\npath = []\npath.append('x')\npath += ['y']\nfirst = sys.path[0]\nprint('sys.path.append(1)', sys.path.index('x'), os.path.join('a'))\n# sys.path.append('z')\n\n\ndef local(sys):\n    sys.path.append('x')\n\n\nif __name__ == '__main__':\n    sys.path.append('y')\n",
                ),
                ("tests/conftest.py", "import sys\n\nsys.path.append('x')\n"),
                ("docs/conf.py", "import sys\n\nsys.path.append('x')\n"),
                ("scripts/load.py", "import sys\n\nsys.path.append('x')\n"),
            ],
            &[],
        ),
        Example::new(
            &[
                ("scripts/load.py", "import sys\n\nsys.path.append('x')\n"),
                (
                    "shop/latest.py",
                    "import sys\n\nif __name__ == '__main__':\n    sys.path.append('x')\n",
                ),
            ],
            &[("scripts/load.py", 3, 1), ("shop/latest.py", 4, 5)],
        )
        .with("except_in = [\"tests\"]\nexcept_main = false"),
    ],
};

/// The rule's settings.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// The parts of the repository that may do it.
    except_in: Vec<Part>,
    /// Whether code below `if __name__ == "__main__"` may.
    except_main: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            except_in: vec![Part::Tests, Part::Docs, Part::Scripts],
            except_main: true,
        }
    }
}

const PATH: [&str; 2] = ["sys", "path"];

impl FileCheck for Params {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        if module.station.is_any(&self.except_in) {
            return;
        }
        let may = |statement: usize| {
            self.except_main && module.index.statement(statement).context.main_guard
        };
        let help = "install the package instead, or run it with `python -m`";
        for at in &module.index.calls {
            let method = match (module.qualified(&at.node.func, at.scope), &*at.node.func) {
                (Some(path), _) if path.starts_with(&PATH) && path.len() == 3 => path[2],
                (None, Expr::Attribute(called)) if is_path(module, &called.value, at.scope) => {
                    called.attr.as_str()
                }
                _ => continue,
            };
            if matches!(method, "append" | "insert" | "extend") && !may(at.statement) {
                let message = format!("`sys.path.{method}` changes where modules are found");
                found.at(at.node, message).help(help);
            }
        }
        for (number, at) in module.index.statements.iter().enumerate() {
            if writes(module, at.node, at.scope) && !may(number) {
                let message = "an assignment to `sys.path` changes where modules are found";
                found.at(at.node, message).help(help);
            }
        }
    }
}

fn writes<'a>(module: &Module<'a>, statement: &'a Stmt, scope: ScopeId) -> bool {
    let is_target = |target: &'a Expr| match target {
        Expr::Attribute(_) => is_path(module, target, scope),
        Expr::Subscript(part) => is_path(module, &part.value, scope),
        _ => false,
    };
    match statement {
        Stmt::Assign(assign) => assign.targets.iter().any(is_target),
        Stmt::AugAssign(assign) => match &*assign.target {
            Expr::Name(name) => adds_to_import(module, name.id.as_str(), scope),
            target => is_target(target),
        },
        _ => false,
    }
}

fn is_path<'a>(module: &Module<'a>, expr: &'a Expr, scope: ScopeId) -> bool {
    module.names(expr, scope, &PATH)
        || matches!(expr, Expr::Name(name) if adds_to_import(module, name.id.as_str(), scope))
}

/// Whether `name += …` adds to the list that the name was imported for. The statement
/// binds the name, too, so the import is not its only binding.
fn adds_to_import(module: &Module<'_>, name: &str, scope: ScopeId) -> bool {
    let Meaning::Bound(bindings, _) = module.scopes().meaning(name, scope) else {
        return false;
    };
    let import =
        |kind: &BindingKind<'_>| matches!(kind, BindingKind::Import(path) if *path == PATH);
    bindings.iter().any(|it| import(&it.kind))
        && bindings
            .iter()
            .all(|it| import(&it.kind) || matches!(it.kind, BindingKind::Other))
}
