//! GR25: conda where a team does without. `shell` finds the commands of a script.

mod shell;

use ruff_python_ast::Expr;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::escalation::Level;
use crate::golden::found::Found;
use crate::golden::module::Module;
use crate::golden::rule::{Check, Example, Origin, Params, Preset, Remedy, Rule};
use crate::golden::tree::{Reports, Tree};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR25",
    slug: "no-conda",
    summary: "a conda command",
    origin: Origin::Policy,
    level: Level::Info,
    preset: Preset::Set,
    remedy: Remedy::Never,
    docs: "\
A team that has settled on one package manager wants no second one in a script that nobody has read \
for a year: what conda installs, the lock file does not know.

Commands that run `conda`, `mamba` or `micromamba` are found: in calls of `subprocess`, `os.system` \
and the like whose command is written out, and in shell scripts (by their name or `#!` line), \
Makefiles and Dockerfiles, where the first word of a command counts. Comments, echoed text and \
other words that contain the name do not. Files for conda itself (`environment.yml`) are for \
golden.single-config-source.

Active where it is configured or enabled by name. There is no fix.",
    params: Params::NONE,
    prepare: |_| Ok(vec![Check::file(calls), Check::tree(Scripts)]),
    proof: &[
        Example::new(
            &[(
                "tasks.py",
                "import os\nimport subprocess as sp\n\nsp.run(['conda', 'install', 'numpy'], check=True)\nos.system('cd x && mamba env create')\nsp.check_call('/opt/bin/micromamba activate')\n",
            )],
            &[("tasks.py", 4, 9), ("tasks.py", 5, 11), ("tasks.py", 6, 15)],
        ),
        Example::new(
            &[
                (
                    "setup.sh",
                    "#!/bin/sh\n# conda install x\nset -e\nconda install numpy\nif true; then sudo mamba update; fi\nX=1 exec conda run y | tee z\necho \"conda install\" conda\neval \"$(conda shell.bash hook)\"\n",
                ),
                ("run", "#!/usr/bin/env bash\ntrue && conda deactivate\n"),
                ("Makefile", "env:\n\t@conda env create\n\techo conda\n"),
                ("Dockerfile", "FROM x\nRUN apt-get update && \\\n    conda install y\nRUN pip install \\\n    conda\nCOPY conda /conda\n"),
            ],
            &[
                ("Dockerfile", 3, 5),
                ("Makefile", 2, 3),
                ("run", 2, 9),
                ("setup.sh", 4, 1),
                ("setup.sh", 5, 20),
                ("setup.sh", 6, 10),
                ("setup.sh", 8, 9),
            ],
        ),
        Example::new(
            &[
                (
                    "tasks.py",
                    "import subprocess\n\n\ndef run(command):\n    return command\n\n\nrun('conda install')\nsubprocess.run(['pip', 'install', 'conda'])\nprint('conda install')  # conda install\n",
                ),
                ("anaconda.sh", "anaconda-client login\n./conda.sh\n"),
                ("README.md", "conda install numpy\n"),
            ],
            &[],
        ),
    ],
};

const PROGRAMS: [&str; 3] = ["conda", "mamba", "micromamba"];

/// Whether a word runs one of the programs, by its name or a path to it.
fn is_conda(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    PROGRAMS.contains(&name.strip_suffix(".exe").unwrap_or(name))
}

/// Commands in Python, where they are written out.
fn calls(module: &Module<'_>, found: &mut Found) {
    for at in &module.index.calls {
        let Some(path) = module.qualified(&at.node.func, at.scope) else {
            continue;
        };
        let runs = matches!(
            path[..],
            [
                "subprocess",
                "run"
                    | "call"
                    | "check_call"
                    | "check_output"
                    | "Popen"
                    | "getoutput"
                    | "getstatusoutput"
            ] | ["os", "system" | "popen"]
                | [
                    "asyncio",
                    "create_subprocess_shell" | "create_subprocess_exec"
                ]
        );
        if !runs {
            continue;
        }
        let given = at.node.arguments.find_argument_value("args", 0);
        let command = match given {
            Some(Expr::List(list)) => list.elts.first(),
            Some(Expr::Tuple(tuple)) => tuple.elts.first(),
            other => other,
        };
        let Some(Expr::StringLiteral(text)) = command else {
            continue;
        };
        let first = shell::commands(text.value.to_str()).find(|(_, word)| is_conda(word));
        if let Some((_, word)) = first {
            found.range(text.range(), format!("`{word}` is not used here"));
        }
    }
}

struct Scripts;

impl crate::golden::rule::TreeCheck for Scripts {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        for path in tree.files {
            let Some(kind) = shell::kind(path) else {
                continue;
            };
            let Some(bytes) = (tree.read)(path) else {
                return Err(format!("{path} cannot be read"));
            };
            let named = kind == shell::Kind::Unknown;
            if named && !shell::is_script(&bytes)
                || !PROGRAMS
                    .iter()
                    .any(|program| memchr::memmem::find(&bytes, program.as_bytes()).is_some())
            {
                continue;
            }
            let text = String::from_utf8_lossy(&bytes);
            for (at, word) in shell::script(&text, kind) {
                if is_conda(word) {
                    let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or_default());
                    let range = TextRange::new(size(at), size(at + word.len()));
                    found.at(path, range, format!("`{word}` is not used here"));
                }
            }
        }
        Ok(())
    }
}
