//! GR17: calls that run what they are given.

use ruff_text_size::Ranged;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::found::Draft;
use crate::golden::module::{Module, Part};
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
S604 and S605 (a shell) are asked; a shell that runs a fixed text is left alone, since nobody can put \
anything into it, and so is a `yaml` loader of your own. With `full` also S102 (`exec`), S301 to S306 (pickle and its like, weak hashes and \
ciphers, `mktemp`), S324 (weak hashes), and fixed texts, too. With `full` and `processes = true` also \
S603 and S607: every other start of a process, of which hardly one in ten is worth a look.

Tests run what they wrote themselves: they are looked at with `tests = true` only. What the project \
ignores or marks with `# noqa: S602` is left alone.",
    params: RuleParams::of::<Params>(),
    prepare: |given| {
        let params: Params = given.params()?;
        let mut codes = vec!["S307", "S501", "S506", "S602", "S604", "S605"];
        if given.full {
            codes.extend([
                "S102", "S301", "S302", "S303", "S304", "S305", "S306", "S324",
            ]);
        }
        if given.full && params.processes {
            codes.extend(["S603", "S607"]);
        }
        let refine: Refine = match (params.tests, given.full) {
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
        Example::new(
            &[("tests/test_run.py", "eval('1')\neval(input())\n")],
            &[("tests/test_run.py", 1, 1), ("tests/test_run.py", 2, 1)],
        )
        .with("tests = true"),
        Example::new(
            &[
                (
                    "shop/run.py",
                    "import ast\n\nimport yaml\n\n\ndef run(model, text, stream, call):\n    call(shell='powershell')\n    yaml.load(stream, Loader=model.Loader)\n    yaml.load(stream, **text)\n    model.eval()\n    ast.literal_eval(text)\n    yaml.safe_load(stream)\n    # eval(text)\n    return 'eval(text)'\n\n\ndef local(eval, text):\n    return eval(text)\n",
                ),
                ("tests/test_run.py", "eval(input())\n"),
            ],
            &[],
        ),
    ],
};

/// The rule's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Whether tests are looked at, too.
    tests: bool,
    /// Whether, with `full`, also every other start of a process is found.
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

/// Leaves out also what the linter itself says seems safe: a shell that runs a fixed text.
fn is_open(module: &Module<'_>, code: &str, draft: &Draft) -> Keep {
    if matches!(code, "S602" | "S605") && draft.message.contains("seems safe") {
        Keep::No
    } else {
        is_unsafe(module, code, draft)
    }
}

/// Whether `yaml.load` is given a loader that is not one of the unsafe ones of `yaml`.
fn has_own_loader(module: &Module<'_>, draft: &Draft) -> bool {
    let mut calls = module.index.calls.iter();
    let Some(at) = calls.rfind(|at| at.node.range().contains_range(draft.range)) else {
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
