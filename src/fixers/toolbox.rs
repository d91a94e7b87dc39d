//! The tools of one recipe, ready to run: resolved settings, warm interpreters,
//! programs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::{PySourceType, PythonVersion};
use ruff_python_formatter::DocstringCode;
use ruff_python_semantic::NameImport;

use super::blocks;
use super::course::{Claim, Course};
use super::golden::Golden;
use super::job::Kinds;
use super::program::{self, Batch};
use super::ruff::settings::{self, RuffSettings};
use super::ruff::source::Source;
use super::steps::take_over;
use super::verify::{Binding, Changes, Claims, Probe};
use super::warm::{Answer, Request, WarmServer};
use super::{Class, Engine, Kind, Recipe, Step, Tool, Trouble, encoding};
use crate::process::Limits;

/// What bounds the tools of a worker.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// How long a tool may take for one file.
    pub deadline: Duration,
    /// Address space of a tool's process, in bytes.
    pub memory: u64,
    /// The user's cache directory for hive, for scratch files.
    pub cache: PathBuf,
}

/// The tools of one recipe.
pub struct Toolbox {
    recipe: Recipe,
    bounds: Bounds,
    ruff: Option<RuffSettings>,
    probe: Probe,
    warm: HashMap<PathBuf, WarmServer>,
    golden: Option<Golden>,
}

impl Toolbox {
    /// Resolves a recipe.
    pub fn open(recipe: Recipe, bounds: Bounds) -> Result<Self, Trouble> {
        let ruff = settings::resolve(&recipe)?;
        let probe = match &ruff {
            Some(ruff) => Probe::with_settings(&ruff.settings.linter),
            None => Probe::new(PythonVersion::latest()),
        };
        Ok(Self {
            golden: Golden::open(&recipe)?,
            recipe,
            bounds,
            ruff,
            probe,
            warm: HashMap::new(),
        })
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The Golden Rules, when any looks at files.
    pub fn golden(&self) -> Option<&Golden> {
        self.golden.as_ref()
    }

    /// The embedded ruff, when it takes part.
    pub fn ruff(&self) -> Option<&RuffSettings> {
        self.ruff.as_ref()
    }

    /// Whether the embedded ruff lints or sorts imports.
    pub fn lints_embedded(&self) -> bool {
        self.ruff
            .as_ref()
            .is_some_and(|ruff| ruff.lint || ruff.imports)
    }

    /// Whether the embedded ruff formats.
    pub fn formats_embedded(&self) -> bool {
        self.ruff.as_ref().is_some_and(|ruff| ruff.format)
    }

    /// The embedded ruff, when it lints or sorts imports in a file of these kinds.
    pub fn ruff_for(&self, kinds: Kinds) -> Option<&RuffSettings> {
        self.ruff.as_ref().filter(|ruff| {
            (ruff.lint && kinds.has(Kind::Lint)) || (ruff.imports && kinds.has(Kind::Imports))
        })
    }

    /// The step of a kind that is a program.
    pub fn program(&self, kind: Kind) -> Option<&Step> {
        self.recipe
            .step(kind)
            .filter(|step| matches!(step.engine, Engine::Program { .. }))
    }

    /// Whether the program that lints formats right afterwards, with nothing
    /// between, so that one scratch directory serves both.
    pub fn formats_after_lint(&self) -> bool {
        let ruff = |kind| self.program(kind).filter(|step| step.tool == Tool::Ruff);
        let linter = ruff(Kind::Lint).or_else(|| ruff(Kind::Imports));
        let sorted_between = self.recipe.imports.is_some() && ruff(Kind::Imports).is_none();
        !sorted_between
            && linter
                .zip(ruff(Kind::Format))
                .is_some_and(|(linter, formatter)| linter.engine == formatter.engine)
    }

    /// The linter that looks for what a fix must not cause.
    pub fn probe(&self) -> &Probe {
        &self.probe
    }

    /// What a change of a kind may do under these settings.
    pub fn claims(&self, changes: Changes) -> Claims {
        let mut claims = Claims::new(changes);
        claims.stars_may_move = self.recipe.policy.plain;
        if let Some(ruff) = &self.ruff {
            claims.docstring_code =
                ruff.settings.formatter.docstring_code_format == DocstringCode::Enabled;
            claims.required_imports = ruff
                .settings
                .linter
                .isort
                .required_imports
                .iter()
                .map(binding)
                .collect();
        }
        claims
    }

    /// Recognises a file's kind of text.
    pub fn parse(&self, path: &Path, text: String) -> Result<Source, Trouble> {
        if let Some(ruff) = &self.ruff {
            return Source::parse(path, text, &ruff.settings);
        }
        let is_stub = path.extension().is_some_and(|extension| extension == "pyi");
        let source_type = if is_stub {
            PySourceType::Stub
        } else {
            PySourceType::Python
        };
        Ok(Source::Python {
            kind: SourceKind::Python {
                code: text,
                is_stub,
            },
            source_type,
        })
    }

    /// Runs black or isort in its warm interpreter on a file.
    pub fn run_warm(
        &mut self,
        course: &mut Course,
        kind: Kind,
        step: &Step,
    ) -> Result<(), Trouble> {
        let Source::Python {
            kind: SourceKind::Python { code, .. },
            ..
        } = &course.source
        else {
            return Ok(());
        };
        let code = code.clone();
        let bytes = encoding::encode(&code, course.coding)?;
        let lines = (step.tool == Tool::Black)
            .then(|| course.touched.as_ref().map(|touched| touched.lines(&code)))
            .flatten()
            .map(|lines| {
                lines
                    .into_iter()
                    .map(|(from, to)| (from + 1, to))
                    .collect::<Vec<_>>()
            });
        let request = Request {
            tool: step.tool,
            path: &course.job.path,
            project: &self.recipe.project,
            boundary: &self.recipe.boundary,
            args: &step.args,
            source: &bytes,
            lines: lines.as_deref(),
            walked: !course.job.named,
        };
        let (recipe, bounds) = (&self.recipe, &self.bounds);
        let Engine::Warm { python, .. } = &step.engine else {
            return Ok(());
        };
        let server = match self.warm.entry(python.clone()) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                let tools = together(recipe, python);
                place.insert(WarmServer::start(
                    python,
                    &tools,
                    &bounds.cache,
                    Some(bounds.memory),
                )?)
            }
        };
        let Answer::Changed(after) = server.answer(&request, bounds.deadline)? else {
            return Ok(());
        };
        accept(course, kind, step.tool, &code, &after)
    }

    /// Runs programs on files, each once for all of them.
    pub fn run_programs(
        &mut self,
        courses: &mut [&mut Course],
        kinds: &[Kind],
        tick: &mut dyn FnMut(),
    ) {
        let mut files = Vec::new();
        let mut asked = Vec::new();
        for (at, course) in courses.iter_mut().enumerate() {
            if course.trouble.is_some() || !kinds.iter().any(|kind| course.job.kinds.has(*kind)) {
                continue;
            }
            match encoding::encode(course.source.text(), course.coding) {
                Ok(bytes) => {
                    let lines = course
                        .touched
                        .as_ref()
                        .map(|touched| touched.lines(course.source.text()));
                    let mode = if course.job.executable { 0o755 } else { 0o644 };
                    files.push(program::File {
                        path: course.job.path.clone(),
                        stamp: course.job.stamp.filter(|_| bytes == course.job.bytes),
                        said: course
                            .job
                            .said
                            .clone()
                            .filter(|_| bytes == course.job.bytes),
                        bytes,
                        mode,
                        lines,
                    });
                    asked.push(at);
                }
                Err(trouble) => course.trouble = Some(trouble),
            }
        }
        let batch = Batch {
            recipe: &self.recipe,
            kinds,
            files: &files,
            cache: &self.bounds.cache,
            walked: courses.iter().all(|course| !course.job.named),
            look_again: false,
            limits: Limits {
                memory: Some(self.bounds.memory),
                deadline: Some(self.bounds.deadline),
                ..Limits::default()
            },
        };
        let results = program::run_in_parts(&batch, tick);
        for (at, (_, result)) in asked.into_iter().zip(results) {
            let course = &mut *courses[at];
            if let Err(trouble) = self.take_program(course, kinds, result) {
                course.trouble = Some(trouble);
            }
        }
    }

    /// Takes over what programs made of a file.
    fn take_program(
        &self,
        course: &mut Course,
        kinds: &[Kind],
        result: Result<program::ToolOutput, Trouble>,
    ) -> Result<(), Trouble> {
        let output = result?;
        let linted = kinds.contains(&Kind::Lint) || self.recipe.lint.is_none();
        if linted && kinds.iter().any(|kind| *kind != Kind::Format) {
            if course.standing.is_none() && output.bytes.is_none() {
                course.standing = Some(output.findings.clone());
            }
            course.reported = output.findings;
        } else if !output.findings.is_empty() && course.reported.is_empty() {
            course.reported = output.findings;
        }
        for fix in &output.fixes {
            course.count(&fix.code, fix.class, fix.count);
        }
        let Some(bytes) = output.bytes else {
            return Ok(());
        };
        let by = kinds
            .iter()
            .find_map(|kind| self.program(*kind))
            .map_or("a program", |step| step.tool.name());
        let linted = kinds.iter().any(|kind| *kind != Kind::Format);
        let only_moved = output
            .fixes
            .iter()
            .filter(|fix| fix.code != "format")
            .all(|fix| fix.class == Class::Same);
        let sorted = only_moved.then_some(Claim::Imports);
        let (after, _) = encoding::decode(&bytes)?;
        if let Some(between) = output.between {
            let (between, _) = encoding::decode(&between)?;
            take_over(course, by, sorted, between);
            take_over(course, by, Some(Claim::Layout), after);
            return Ok(());
        }
        // Without a text between, one of the two did it all.
        let laid_out = output.fixes.iter().all(|fix| fix.code == "format");
        let claim = if !linted || (kinds.contains(&Kind::Format) && laid_out) {
            Some(Claim::Layout)
        } else {
            sorted
        };
        take_over(course, by, claim, after);
        Ok(())
    }
}

/// An import that the configuration requires, as verification knows it.
fn binding(required: &NameImport) -> Binding {
    match required {
        NameImport::Import(import) => Binding {
            module: None,
            name: import.name.name.clone(),
            asname: import.name.as_name.clone(),
            level: None,
        },
        NameImport::ImportFrom(import) => Binding {
            module: import.module.clone(),
            name: import.name.name.clone(),
            asname: import.name.as_name.clone(),
            level: Some(import.level),
        },
    }
}

/// The tools of a recipe that share an interpreter.
fn together(recipe: &Recipe, python: &Path) -> Vec<(Tool, String)> {
    Kind::ALL
        .iter()
        .filter_map(|kind| recipe.step(*kind))
        .filter_map(|step| match &step.engine {
            Engine::Warm {
                python: theirs,
                version,
            } if theirs == python => Some((step.tool, version.clone())),
            _ => None,
        })
        .collect()
}

/// Takes over what a warm tool made of a file.
fn accept(
    course: &mut Course,
    kind: Kind,
    tool: Tool,
    before: &str,
    after: &[u8],
) -> Result<(), Trouble> {
    let (mut after, _) = encoding::decode(after)?;
    if let (Kind::Imports, Some(touched)) = (kind, &course.touched) {
        // isort knows no ranges: of what it did, the touched blocks count.
        after = blocks::only_touched(before, &after, touched);
    }
    if after == before {
        return Ok(());
    }
    let (code, claim) = match kind {
        Kind::Imports => ("imports", Claim::Imports),
        Kind::Lint | Kind::Format => ("format", Claim::Layout),
    };
    course.count(code, Class::Same, 1);
    take_over(course, tool.name(), Some(claim), after);
    Ok(())
}
