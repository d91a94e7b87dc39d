//! GR19: blocking calls in async functions.

use ruff_python_ast::ExprCall;
use ruff_text_size::Ranged;

use crate::escalation::Level;
use crate::golden::found::{Draft, Edit, Found};
use crate::golden::module::{BindingKind, Module, Part};
use crate::golden::rule::{Check, Delegated, Example, Keep, Origin, Params, Preset, Remedy, Rule};

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

The linter finds blocking HTTP and process calls, `open` and `input` (ASYNC210 to ASYNC230, ASYNC250); \
`time.sleep` is found here, through whatever name it was imported by, where the innermost function \
around it is async. With the preset `full` also other questions to the file system (ASYNC240: \
`os.path.exists`, methods of `pathlib.Path`), which are short on most disks; functions of `os.path` \
that ask no file system are left out. In tests files may be asked and opened: nobody waits for them.

`time.sleep(x)` as a statement by itself becomes `await asyncio.sleep(x)` where the module already \
imports asyncio and neither trio nor anyio nor curio. Everything else is for a person.",
    params: Params::NONE,
    prepare: |given| {
        let mut codes = vec![
            "ASYNC210", "ASYNC212", "ASYNC220", "ASYNC221", "ASYNC222", "ASYNC230", "ASYNC250",
        ];
        if given.full {
            codes.push("ASYNC240");
        }
        Ok(vec![
            Check::Linter(Delegated {
                codes,
                refine: Some(blocks),
            }),
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
        // Another name for asyncio; what cannot be awaited, or has other arguments.
        Example::new(
            &[(
                "app.py",
                "import asyncio as aio\nimport time\n\n\nasync def poll(given):\n    (time.sleep(1))  # a while\n    done = time.sleep(2)\n    time.sleep(*given)\n    time.sleep()\n    (time.sleep)(3)\n    time.sleep(4)  # noqa: ASYNC251\n    return done\n",
            )],
            &[
                ("app.py", 6, 6),
                ("app.py", 7, 12),
                ("app.py", 8, 5),
                ("app.py", 9, 5),
                ("app.py", 10, 5),
            ],
        )
        .fixed("import asyncio as aio\nimport time\n\n\nasync def poll(given):\n    (await aio.sleep(1))  # a while\n    done = time.sleep(2)\n    time.sleep(*given)\n    time.sleep()\n    await (aio.sleep)(3)\n    time.sleep(4)  # noqa: ASYNC251\n    return done\n"),
        // Another event loop, asyncio for type checkers alone, in a function, shadowed, or not for sure.
        Example::new(
            &[
                (
                    "a.py",
                    "import asyncio\nimport time\n\nimport anyio\n\n\nasync def poll():\n    time.sleep(1)\n    await anyio.sleep(1)\n    await asyncio.sleep(1)\n",
                ),
                (
                    "b.py",
                    "import time\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import asyncio\n\n\nasync def poll(loop: 'asyncio.Loop'):\n    time.sleep(1)\n",
                ),
                (
                    "c.py",
                    "import time\n\n\nasync def poll():\n    import asyncio\n\n    time.sleep(1)\n    await asyncio.sleep(1)\n",
                ),
                (
                    "d.py",
                    "import asyncio\nimport time\n\n\nasync def poll(asyncio=asyncio):\n    time.sleep(1)\n",
                ),
                (
                    "e.py",
                    "import time\n\ntry:\n    import asyncio\nexcept ImportError:\n    asyncio = None\n\n\nasync def poll():\n    time.sleep(1)\n",
                ),
            ],
            &[
                ("a.py", 8, 5),
                ("b.py", 9, 5),
                ("c.py", 7, 5),
                ("d.py", 6, 5),
                ("e.py", 10, 5),
            ],
        )
        .fixed("import asyncio\nimport time\n\nimport anyio\n\n\nasync def poll():\n    time.sleep(1)\n    await anyio.sleep(1)\n    await asyncio.sleep(1)\n"),
        // What the linter finds.
        Example::new(
            &[(
                "app.py",
                "import os\nimport subprocess\n\nimport requests\n\n\nasync def poll(url):\n    requests.get(url, timeout=1)\n    subprocess.run(['ls'])\n    open('x')\n    input()\n    os.path.exists('x')\n    os.path.normpath('x')\n",
            )],
            &[
                ("app.py", 8, 5),
                ("app.py", 9, 5),
                ("app.py", 10, 5),
                ("app.py", 11, 5),
                ("app.py", 12, 5),
            ],
        ),
        Example::new(
            &[
                ("tests/test_app.py", "import time\n\n\nasync def test_poll():\n    open('x')\n    time.sleep(1)\n"),
                ("app.py", "async def poll():\n    open('x')\n"),
            ],
            &[("app.py", 2, 5), ("tests/test_app.py", 6, 5)],
        ),
        // Everything in an async function that runs elsewhere, and text.
        Example::new(
            &[(
                "app.py",
                "import time\n\n\nasync def poll(run):\n    \"\"\"time.sleep(1)\"\"\"\n    # time.sleep(1)\n    await run(time.sleep, 1)\n\n    class Later:\n        def wait(self):\n            time.sleep(1)\n\n    return Later\n\n\nclass Local:\n    def sleep(self):\n        time.sleep(1)\n\n    async def run(self):\n        self.time.sleep(1)\n",
            )],
            &[],
        ),
    ],
};

/// Functions of `os.path` that look at text alone.
const PURE: [&str; 13] = [
    "abspath",
    "basename",
    "commonpath",
    "commonprefix",
    "dirname",
    "isabs",
    "join",
    "normcase",
    "normpath",
    "split",
    "splitdrive",
    "splitext",
    "splitroot",
];

/// Leaves out functions of paths that ask no file system, and files in tests.
fn blocks(module: &Module<'_>, code: &str, draft: &mut Draft) -> Keep {
    let called = module
        .index
        .calls
        .iter()
        .find(|at| at.node.range() == draft.range || at.node.func.range() == draft.range);
    let path = called.and_then(|at| module.qualified(&at.node.func, at.scope));
    if matches!(code, "ASYNC230" | "ASYNC240") && module.station.is(Part::Tests) {
        return Keep::No;
    }
    match path.as_deref() {
        Some(["os", "path", name]) if code == "ASYNC240" && PURE.contains(name) => Keep::No,
        _ => Keep::Yes,
    }
}

const OTHER_LOOPS: [&str; 3] = ["trio", "anyio", "curio"];

fn check(module: &Module<'_>, found: &mut Found) {
    let asyncio = asyncio(module);
    for at in &module.index.calls {
        if !module.scopes().in_async(at.scope)
            || !module.names(&at.node.func, at.scope, &["time", "sleep"])
            || module.is_excused(at.node.range(), "ASYNC251")
        {
            continue;
        }
        let draft = found.at(at.node, "`time.sleep` blocks the event loop");
        let arguments = &at.node.arguments;
        let one = matches!(&*arguments.args, [only] if !only.is_starred_expr());
        let awaitable = module.is_statement(at) && one && arguments.keywords.is_empty();
        match asyncio {
            Some(name) if awaitable && !module.scopes().is_shadowed(name, at.scope) => {
                let edits = awaited(at.node, name);
                draft.fix(Remedy::Safe, format!("Use `await {name}.sleep`"), edits);
            }
            _ => {
                draft.help("await `asyncio.sleep`, or what your event loop has for it");
            }
        }
    }
}

/// `await` stands before the parentheses that a function's name may have around it.
fn awaited(call: &ExprCall, asyncio: &str) -> Vec<Edit> {
    let function = call.func.range();
    if function.start() == call.start() {
        return vec![Edit::replace(function, format!("await {asyncio}.sleep"))];
    }
    vec![
        Edit::insert(call.start(), "await "),
        Edit::replace(function, format!("{asyncio}.sleep")),
    ]
}

/// The name under which the module itself imports asyncio whenever it runs, if no other
/// event loop is imported.
fn asyncio<'a>(module: &Module<'a>) -> Option<&'a str> {
    if OTHER_LOOPS.iter().any(|other| module.imports(other)) {
        return None;
    }
    module.index.imports.iter().find_map(|import| {
        let name = match &import.alias.asname {
            Some(name) if import.path == ["asyncio"] => name.as_str(),
            None if import.path.first() == Some(&"asyncio") => "asyncio",
            _ => return None,
        };
        let always = !import.from
            && import.scope == 0
            && module.index.statement(import.statement).parent.is_none();
        let mut bindings = module.scopes().of_module(name).iter();
        let only = bindings
            .all(|it| matches!(&it.kind, BindingKind::Import(path) if path == &["asyncio"]));
        (always && only).then_some(name)
    })
}
