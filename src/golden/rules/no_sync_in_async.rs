//! GR19: blocking calls in async functions.

use ruff_text_size::Ranged;

use crate::escalation::Level;
use crate::golden::found::{Edit, Found};
use crate::golden::module::{BindingKind, Module};
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR19",
    slug: "no-sync-in-async",
    summary: "a blocking call in an async function",
    origin: Origin::Both,
    level: Level::Error,
    preset: Preset::Start,
    remedy: Remedy::Safe,
    docs: "\
A call that blocks in an `async def` stops the whole event loop: nothing else runs until it \
returns.

The linter finds blocking HTTP, file and process calls (ASYNC210 to ASYNC250); `time.sleep` is \
found here, through whatever name it was imported by, where the innermost function around it is \
async.

`time.sleep(x)` as a statement by itself becomes `await asyncio.sleep(x)` where the module already \
imports asyncio and neither trio nor anyio nor curio. Everything else is for a person.",
    params: Params::NONE,
    prepare: |_| {
        Ok(vec![
            Check::linter(&[
                "ASYNC210", "ASYNC212", "ASYNC220", "ASYNC221", "ASYNC222", "ASYNC230", "ASYNC240",
                "ASYNC250",
            ]),
            Check::file(check),
        ])
    },
    proof: &[
        Example::new(
            &[(
                "app.py",
                "import asyncio\nimport time\n\n\nasync def poll():\n    time.sleep(1)\n    await asyncio.sleep(0)\n",
            )],
            &[("app.py", 6, 5)],
        )
        .fixed("import asyncio\nimport time\n\n\nasync def poll():\n    await asyncio.sleep(1)\n    await asyncio.sleep(0)\n"),
        Example::new(
            &[(
                "app.py",
                "from time import sleep as nap\n\n\nasync def poll():\n    nap(1)\n    return [nap(2) for _ in 'ab']\n",
            )],
            &[("app.py", 5, 5), ("app.py", 6, 13)],
        ),
        Example::new(
            &[(
                "app.py",
                "import time\n\n\nasync def poll(sleep):\n    sleep(1)\n    callback = lambda: time.sleep(1)\n\n    def later():\n        time.sleep(1)\n\n    return later, callback\n\n\ndef plain():\n    time.sleep(1)\n",
            )],
            &[],
        ),
    ],
};

const OTHER_LOOPS: [&str; 3] = ["trio", "anyio", "curio"];

fn check(module: &Module<'_>, found: &mut Found) {
    let asyncio = asyncio(module);
    for at in &module.index.calls {
        if !module.scopes().in_async(at.scope)
            || !module.names(&at.node.func, at.scope, &["time", "sleep"])
        {
            continue;
        }
        let draft = found.at(at.node, "`time.sleep` blocks the event loop");
        let awaitable = module.is_statement(at) && !at.node.arguments.is_empty();
        match asyncio {
            Some(name) if awaitable && !module.scopes().is_shadowed(name, at.scope) => {
                let edit = Edit::replace(at.node.func.range(), format!("await {name}.sleep"));
                draft.fix(
                    Remedy::Safe,
                    format!("Use `await {name}.sleep`"),
                    vec![edit],
                );
            }
            _ => {
                draft.help("await `asyncio.sleep`, or what your event loop has for it");
            }
        }
    }
}

/// The name under which the module itself imports asyncio, if no other event loop is
/// imported.
fn asyncio<'a>(module: &Module<'a>) -> Option<&'a str> {
    if OTHER_LOOPS.iter().any(|other| module.imports(other)) {
        return None;
    }
    let mut names = module.scopes().module_names().filter(|(_, bindings)| {
        bindings
            .iter()
            .all(|it| matches!(&it.kind, BindingKind::Import(path) if path == &["asyncio"]))
    });
    names.next().map(|(name, _)| name)
}
