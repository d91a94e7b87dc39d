//! GR17: calls that run what they are given.

use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprName, Stmt};
use ruff_text_size::Ranged;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::found::Draft;
use crate::golden::module::{At, Binding, BindingKind, Meaning, Module, Part, ScopeId};
use crate::golden::rule::{
    Check, Delegated, Example, Keep, Origin, Params as RuleParams, Preset, Refine, Remedy, Rule,
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR17",
    slug: "no-unsafe-calls",
    summary: "a call that can run or accept what an attacker sends",
    origin: Origin::Delegated,
    level: Level::Error,
    preset: Preset::Start,
    remedy: Remedy::Never,
    docs: "\
These calls turn data into code, commands or trust. Each has a safe form: `ast.literal_eval`, a list \
of arguments without a shell, `yaml.safe_load`, certificates that are checked.

With the preset `start` the linter's S307 (`eval`), S501 (`verify=False`), S506 (unsafe `yaml`), S602, \
S604 and S605 (a shell) are asked; with `full` also S301 and S302 (pickle and its like), S304 and S305 \
(ciphers) and S306 (`mktemp`). What is fixed in the text is left alone, since nobody can put \
anything into it: a literal, a name that is bound to nothing else, a name below `if name in (\"a\", \
\"b\"):`, an entry of a table of literals. So is a `yaml` loader of your own.

Of the others most are by design, so each kind has to be asked for: `code = true` finds `exec` (S102), \
`hashes = true` weak hashes whatever they are for (S303, S324), `processes = true` every other start of a \
process and shells with fixed texts (S603, S607).

Tests run what they wrote themselves: they are looked at with `tests = true` only. What the project \
ignores or marks with `# noqa: S602`, on whichever line of the call, is left alone.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        let mut codes = vec!["S307", "S501", "S506", "S602", "S604", "S605"];
        if given.full {
            codes.extend(["S301", "S302", "S304", "S305", "S306"]);
        }
        if params.code {
            codes.push("S102");
        }
        if params.hashes {
            codes.extend(["S303", "S324"]);
        }
        if params.processes {
            codes.extend(["S603", "S607"]);
        }
        let refine: Refine = match (params.tests, params.processes) {
            (true, true) => |module, code, draft| is_unsafe(module, code, draft),
            (true, false) => |module, code, draft| is_open(module, code, draft),
            (false, true) => |module, code, draft| match not_tests(module) {
                Keep::Yes => is_unsafe(module, code, draft),
                Keep::No => Keep::No,
            },
            (false, false) => |module, code, draft| match not_tests(module) {
                Keep::Yes => is_open(module, code, draft),
                Keep::No => Keep::No,
            },
        };
        Ok(vec![Check::Linter(Delegated {
            codes,
            refine: Some(refine),
        })])
    },
    proof: &[
        Example::new(
            &[(
                "shop/run.py",
                "import os\nimport subprocess\n\nimport requests\nimport yaml\n\n\ndef run(text, stream):\n    eval(text)\n    subprocess.run(text, shell=True)\n    os.system(text)\n    yaml.load(stream)\n    yaml.load(stream, Loader=yaml.UnsafeLoader)\n    requests.get(text, verify=False, timeout=1)\n",
            )],
            &[
                ("shop/run.py", 9, 5),
                ("shop/run.py", 10, 5),
                ("shop/run.py", 11, 5),
                ("shop/run.py", 12, 5),
                ("shop/run.py", 13, 30),
                ("shop/run.py", 14, 24),
            ],
        ),
        Example::new(
            &[(
                "shop/run.py",
                "import hashlib\nimport pickle\nimport tempfile\n\n\ndef run(text):\n    exec(text)\n    pickle.loads(text)\n    tempfile.mktemp()\n    return hashlib.md5(text)\n",
            )],
            &[
                ("shop/run.py", 7, 5),
                ("shop/run.py", 8, 5),
                ("shop/run.py", 9, 5),
                ("shop/run.py", 10, 12),
            ],
        )
        .with("code = true\nhashes = true"),
        Example::new(
            &[(
                "shop/run.py",
                "import os\nimport subprocess\n\nTABLE = {'a': 'f', 'b': input()}\n\n\ndef run(text, name):\n    command = 'ls'\n    command += text\n    os.system(command)\n    if name:\n        command = 'ls'\n    os.system(command)\n    if text in ('a', name):\n        eval(text)\n    if text in ('a', 'b'):\n        pass\n    else:\n        eval(text)\n    subprocess.run(\n        text,\n        shell=True,  # noqa: S603\n    )\n    return eval(TABLE[text])\n",
            )],
            &[
                ("shop/run.py", 10, 5),
                ("shop/run.py", 13, 5),
                ("shop/run.py", 15, 9),
                ("shop/run.py", 19, 9),
                ("shop/run.py", 20, 5),
                ("shop/run.py", 24, 12),
            ],
        ),
        Example::new(
            &[(
                "shop/run.py",
                "import os\nimport subprocess\n\n\ndef run(text, call):\n    subprocess.run([text], check=True)\n    os.system('clear')\n    call(text, shell=True)\n",
            )],
            &[
                ("shop/run.py", 6, 5),
                ("shop/run.py", 7, 5),
                ("shop/run.py", 7, 15),
                ("shop/run.py", 8, 5),
            ],
        )
        .with("processes = true"),
        // Tables that are filled later.
        Example::new(
            &[(
                "shop/run.py",
                "NONE = {}\nSET = {'a': '1'}\nUPDATED = {'a': '1'}\n\n\ndef run(text, more):\n    SET[text] = text\n    UPDATED.update(more)\n    return eval(NONE[text]), eval(SET[text]), eval(UPDATED[text])\n",
            )],
            &[
                ("shop/run.py", 9, 12),
                ("shop/run.py", 9, 30),
                ("shop/run.py", 9, 47),
            ],
        ),
        Example::new(
            &[("tests/test_run.py", "eval('1')\neval(input())\n")],
            &[("tests/test_run.py", 2, 1)],
        )
        .with("tests = true"),
        Example::new(
            &[
                (
                    "shop/run.py",
                    "import ast\n\nimport yaml\n\n\ndef run(model, text, stream, call):\n    call(shell='powershell')\n    yaml.load(stream, Loader=model.Loader)\n    yaml.load(stream, **text)\n    model.eval()\n    ast.literal_eval(text)\n    yaml.safe_load(stream)\n    # eval(text)\n    return 'eval(text)'\n\n\ndef local(eval, text):\n    return eval(text)\n",
                ),
                ("tests/test_run.py", "eval(input())\n"),
                (
                    "shop/fixed.py",
                    "import hashlib\nimport os\nimport subprocess\n\nTABLE = {'a': 'f', 'b': 'g'}\n\n\ndef run(text, code):\n    command = 'ls'\n    if text:\n        command = 'dir'\n    subprocess.Popen(command, shell=True)\n    os.system('clear')\n    eval(TABLE[text])\n    if text in ('True', 'False'):\n        eval(text)\n    subprocess.run(\n        text,\n        shell=True,  # noqa: S602\n    )\n    exec(code)\n    if text:\n        tool = 'a'\n    else:\n        tool = 'b'\n    print(tool)\n    os.system(tool)\n    tool = text\n    return eval('1'), hashlib.md5(code)\n",
                ),
            ],
            &[],
        ),
    ],
};

/// The rule's settings.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting that is on or off by itself"
)]
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Whether tests are looked at, too.
    tests: bool,
    /// Whether `exec` is found.
    code: bool,
    /// Whether weak hashes are found.
    hashes: bool,
    /// Whether every other start of a process is found, also with a fixed text.
    processes: bool,
}

fn not_tests(module: &Module<'_>) -> Keep {
    if module.station.is(Part::Tests) {
        Keep::No
    } else {
        Keep::Yes
    }
}

/// Leaves out what only looks unsafe: `shell="powershell"` names a shell to a function that
/// is not the standard library's, and a loader of one's own is as safe as its author made it.
fn is_unsafe(module: &Module<'_>, code: &str, draft: &Draft) -> Keep {
    let only_looks = match code {
        "S604" => draft.message.contains("truthy"),
        "S506" => has_own_loader(module, draft),
        _ => false,
    };
    if only_looks { Keep::No } else { Keep::Yes }
}

/// Leaves out also what is fixed in the text, by the linter's word or by what a name is
/// bound to, and what a comment on another line of the call excuses: of several lines the
/// linter heeds one.
fn is_open(module: &Module<'_>, code: &str, draft: &Draft) -> Keep {
    let shell = matches!(code, "S602" | "S605");
    if shell && draft.message.contains("seems safe") {
        return Keep::No;
    }
    let called = called(module, draft);
    let excused = called.is_some_and(|at| module.is_excused(at.node.range(), code));
    let fixed = (shell || code == "S307") && called.is_some_and(|at| is_fixed(module, at));
    if excused || fixed {
        Keep::No
    } else {
        is_unsafe(module, code, draft)
    }
}

/// The call that a finding is about.
fn called<'m, 'a>(module: &'m Module<'a>, draft: &Draft) -> Option<&'m At<'a, ExprCall>> {
    let mut calls = module.index.calls.iter();
    calls.rfind(|at| at.node.range().contains_range(draft.range))
}

/// Whether the first argument of a call can only be what is written out.
fn is_fixed<'a>(module: &Module<'a>, at: &At<'a, ExprCall>) -> bool {
    let Some(text) = at.node.arguments.args.first() else {
        return false;
    };
    match text {
        Expr::StringLiteral(_) => true,
        Expr::Name(name) => {
            bound(module, name, at.scope, Expr::is_string_literal_expr)
                || is_one_of(module, name.id.as_str(), at)
                || is_just_set(module, name.id.as_str(), at)
        }
        Expr::Subscript(entry) => match &*entry.value {
            Expr::Name(table) => {
                bound(module, table, at.scope, is_table) && !is_filled(module, table.id.as_str())
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether a name is bound, and to nothing but values of a kind.
fn bound<'a>(
    module: &Module<'a>,
    name: &'a ExprName,
    scope: ScopeId,
    kind: impl Fn(&Expr) -> bool,
) -> bool {
    let Meaning::Bound(bindings, _) = module.scopes().meaning(name.id.as_str(), scope) else {
        return false;
    };
    !bindings.is_empty()
        && bindings
            .iter()
            .all(|it| matches!(it.kind, BindingKind::Value(value) if kind(value)))
}

/// Whether the last thing that happened to a name, before a call in the same block, is that
/// it was set to a literal, in each branch where there are several.
fn is_just_set<'a>(module: &Module<'a>, name: &str, at: &At<'a, ExprCall>) -> bool {
    let statement = module.index.statement(at.statement);
    let before = statement.block.iter();
    let before = before.take_while(|it| it.start() < statement.node.start());
    let before: Vec<&Stmt> = before.collect();
    let Meaning::Bound(bindings, _) = module.scopes().meaning(name, at.scope) else {
        return false;
    };
    before.iter().rev().find_map(|it| sets(it, name, bindings)) == Some(true)
}

/// Whether a statement sets a name to a literal, or to something else; `None` where it does
/// not set it.
fn sets(statement: &Stmt, name: &str, bindings: &[Binding<'_>]) -> Option<bool> {
    let mut inside = bindings.iter();
    if !inside.any(|it| statement.range().contains_range(it.range)) {
        return None;
    }
    let last = |body: &[Stmt]| body.iter().rev().find_map(|it| sets(it, name, bindings));
    match statement {
        Stmt::Assign(assign) => match &*assign.targets {
            [Expr::Name(target)] if target.id == name => {
                Some(assign.value.is_string_literal_expr())
            }
            _ => Some(false),
        },
        Stmt::If(branch)
            if branch
                .elif_else_clauses
                .last()
                .is_some_and(|it| it.test.is_none()) =>
        {
            let bodies = branch.elif_else_clauses.iter().map(|clause| &clause.body);
            let mut ways = std::iter::once(&branch.body)
                .chain(bodies)
                .map(|it| last(it));
            let first = ways.next()?;
            if ways.all(|way| way == first) {
                first
            } else {
                Some(false)
            }
        }
        // Whatever else sets it somewhere inside.
        _ => Some(false),
    }
}

fn is_table(value: &Expr) -> bool {
    let Expr::Dict(table) = value else {
        return false;
    };
    let mut items = table.items.iter();
    !table.items.is_empty() && items.all(|item| item.value.is_string_literal_expr())
}

/// Whether entries may be added to a table: it is assigned to in parts, or a method is
/// called that may do it.
fn is_filled(module: &Module<'_>, name: &str) -> bool {
    let is_it = |expr: &Expr| matches!(expr, Expr::Name(it) if it.id == name);
    let mut parts = module.index.subscripts.iter();
    let mut attributes = module.index.attributes.iter();
    parts.any(|at| is_it(&at.node.value) && !at.node.ctx.is_load())
        || attributes.any(|at| {
            let reads = ["copy", "get", "items", "keys", "values"];
            is_it(&at.node.value) && !reads.contains(&at.node.attr.as_str())
        })
}

/// Whether a call stands below `if name in ("a", "b"):`.
fn is_one_of<'a>(module: &Module<'a>, name: &str, at: &At<'a, ExprCall>) -> bool {
    module.index.around(at.statement).any(|around| {
        let Stmt::If(branch) = around.node else {
            return false;
        };
        let Expr::Compare(test) = &*branch.test else {
            return false;
        };
        let of_name = matches!(&*test.left, Expr::Name(left) if left.id == name);
        let listed = match (&*test.ops, &*test.comparators) {
            ([CmpOp::In], [Expr::Tuple(list)]) => &list.elts,
            ([CmpOp::In], [Expr::List(list)]) => &list.elts,
            ([CmpOp::In], [Expr::Set(list)]) => &list.elts,
            _ => return false,
        };
        of_name
            && listed.iter().all(Expr::is_literal_expr)
            && branch
                .body
                .iter()
                .any(|it| it.range().contains_range(at.node.range()))
    })
}

/// Whether `yaml.load` is given a loader that is not one of the unsafe ones of `yaml`.
fn has_own_loader(module: &Module<'_>, draft: &Draft) -> bool {
    let Some(at) = called(module, draft) else {
        return false;
    };
    let arguments = &at.node.arguments;
    // `**options` may bring one.
    if arguments
        .keywords
        .iter()
        .any(|keyword| keyword.arg.is_none())
    {
        return true;
    }
    let Some(loader) = arguments.find_argument_value("Loader", 1) else {
        return false;
    };
    let path = module.qualified(loader, at.scope);
    path.is_none_or(|path| path.first() != Some(&"yaml"))
}
