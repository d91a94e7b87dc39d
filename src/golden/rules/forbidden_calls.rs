//! GR13: calls and imports that a layer may not have.

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::dotted::DottedSet;
use crate::golden::found::Found;
use crate::golden::layers::Layers;
use crate::golden::module::Module;
use crate::golden::rule::{Example, FileCheck, Origin, Params as RuleParams, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR13",
    slug: "forbidden-calls",
    summary: "a call or import that a layer may not have",
    origin: Origin::Policy,
    level: Level::Error,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
Some things have one home: sockets in the transport, shared memory in the engine. Elsewhere they \
are a way around it.

Each entry of `layers` names the `paths` of a layer, the `calls` that it may not make and the \
`imports` that it may not have. Names are resolved through imports, so `from socket import socket as \
s` hides nothing, and a method of your own called `socket` is none. A call is meant by its name \
(`socket.create_connection`), by all below one (`socket.*`) or by its end whatever it is called on \
(`*.execute`); an import by its module or a member of it, and what lies below. Imports by \
`importlib.import_module(\"socket\")` count where the name is written out.

    [golden.forbidden-calls]
    layers = [{ paths = [\"src/shop/domain\"], calls = [\"time.sleep\"], imports = [\"socket\"] }]

There is no fix.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        let layers = params.layers.iter();
        let layers = layers.map(|layer| (&layer.paths[..], layer.read()));
        Ok(Layers::read(layers)?.checked(ForbiddenCalls))
    },
    proof: &[
        Example::new(
            &[(
                "domain/orders.py",
                "import socket\nfrom multiprocessing import shared_memory as memory\nfrom time import sleep as nap\n\nnap(1)\nmemory.SharedMemory()\ndatabase.execute('x')\n",
            )],
            &[
                ("domain/orders.py", 1, 8),
                ("domain/orders.py", 2, 29),
                ("domain/orders.py", 5, 1),
                ("domain/orders.py", 7, 1),
            ],
        )
        .with(LAYERS),
        Example::new(
            &[(
                "domain/lazy.py",
                "import importlib\n\nimportlib.import_module('socket')\n__import__('socket')\n",
            )],
            &[("domain/lazy.py", 3, 1), ("domain/lazy.py", 4, 1)],
        )
        .with(LAYERS),
        Example::new(
            &[
                (
                    "domain/orders.py",
                    "\"\"\"No import socket, no time.sleep(1).\"\"\"\nimport socketserver\n\n\ndef sleep(seconds):\n    execute('x')\n\n\nsleep(1)\nprint('import socket')  # time.sleep(1)\n",
                ),
                ("transport/wire.py", "import socket\nimport time\n\ntime.sleep(1)\n"),
            ],
            &[],
        )
        .with(LAYERS),
    ],
};

const LAYERS: &str = "layers = [{ paths = ['domain'], calls = ['time.sleep', '*.execute'], imports = ['socket', 'multiprocessing.shared_memory'] }]";

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// The layers and what they may not call and import.
    layers: Vec<Layer>,
}

/// One layer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Layer {
    /// Patterns of paths, as in `.gitignore`.
    paths: Vec<String>,
    /// Dotted names that may not be called; `socket.*` and `*.execute` are patterns.
    #[serde(default)]
    calls: Vec<String>,
    /// Modules and members that may not be imported, and what lies below them.
    #[serde(default)]
    imports: Vec<String>,
}

impl Layer {
    fn read(&self) -> Result<Forbidden, String> {
        Ok(Forbidden {
            calls: DottedSet::read(&self.calls)?,
            imports: DottedSet::read(&self.imports)?,
        })
    }
}

struct Forbidden {
    calls: DottedSet,
    imports: DottedSet,
}

struct ForbiddenCalls(Layers<Forbidden>);

impl FileCheck for ForbiddenCalls {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        for layer in self.0.of(&module.station.path) {
            for import in &module.index.imports {
                if let Some(name) = layer.imports.covers(&import.path) {
                    let message = format!("`{name}` may not be imported in this layer");
                    found.range(import.alias.range(), message);
                }
            }
            for at in &module.index.calls {
                if let Some((_, name)) = layer.calls.named(module, &at.node.func, at.scope) {
                    found.at(at.node, format!("`{name}` may not be called in this layer"));
                } else if let Some(path) = imported_by_name(module, at.node, at.scope)
                    && let Some(name) = layer.imports.covers(&path)
                {
                    let message = format!("`{name}` may not be imported in this layer");
                    found.at(at.node, message);
                }
            }
        }
    }
}

/// The module that a call imports by its name, if that is written out.
pub(super) fn imported_by_name<'a>(
    module: &Module<'a>,
    call: &'a ruff_python_ast::ExprCall,
    scope: crate::golden::module::ScopeId,
) -> Option<Vec<&'a str>> {
    let path = module.qualified(&call.func, scope)?;
    if !matches!(
        path[..],
        ["importlib", "import_module"] | ["builtins", "__import__"]
    ) {
        return None;
    }
    match call.arguments.args.first()? {
        Expr::StringLiteral(name) => Some(name.value.to_str().split('.').collect()),
        _ => None,
    }
}
