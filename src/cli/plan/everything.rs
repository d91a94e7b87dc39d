//! Plans that hive makes itself: all committed files, some rules, in the order of imports.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::cli::graph;
use crate::cli::{Context, enter};
use crate::client::{NewPlan, NewStep, PlanFile, Priority, Stage, StepFile};
use crate::failure::{Failure, Outcome};
use crate::golden::Config;
use crate::graph::{Graph, Kinds};
use crate::house::{Ground, House, named, unanswered};
use crate::intake::walk;
use crate::repo::objects::Objects;
use crate::repo::{Place, RepoPath, head};
use crate::settings::Overrides;
use crate::settings::trust::Consent;

/// What is wanted.
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) paths: &'a [PathBuf],
    pub(super) rules: &'a [String],
    pub(super) import_order: bool,
    /// The kind of work, for workers that are not hive's own.
    pub(super) kind: Option<&'a str>,
}

/// The rules of each stage.
struct Stages {
    /// `None`: the stage has no step.
    qa: Option<Vec<String>>,
    golden: Option<Vec<String>>,
}

/// A plan for all committed files below the paths that a tool here takes.
pub(super) fn plan(wanted: &Wanted<'_>, place: &Place, context: &Context) -> Outcome<NewPlan> {
    let mut roots = Vec::new();
    for path in wanted.paths {
        roots.push(named(path, &context.cwd)?);
    }
    if roots.is_empty() {
        roots.push(place.root.clone());
    }
    let ground = Ground::of(roots.clone(), &context.cwd).remove(0);
    if ground.boundary != place.root {
        return Err(Failure::usage("these paths are not in this work tree"));
    }
    if let Some(kind) = wanted.kind {
        return of_kind(kind, wanted, &ground, place, context);
    }
    let (house, context) = enter(
        &ground,
        &Overrides::default(),
        Consent::given(false),
        context,
    )?;
    let stages = stages(wanted.rules, &house)?;
    let files = committed(&house, &roots, place, &context)?;
    let before = if wanted.import_order {
        imported(&graph::read(&ground, &context)?, &files)
    } else {
        vec![Vec::new(); files.len()]
    };
    // The same rules for names as in a file.
    let named = PlanFile {
        name: wanted.name.to_owned(),
        about: String::new(),
        step: Vec::new(),
    };
    Ok(NewPlan {
        about: about(wanted),
        steps: steps(&files, &before, &stages),
        ..named.plan()?
    })
}

/// A plan of work that hive's own workers do not do: a step for each committed file whose
/// imports are understood.
fn of_kind(
    kind: &str,
    wanted: &Wanted<'_>,
    ground: &Ground,
    place: &Place,
    context: &Context,
) -> Outcome<NewPlan> {
    let graph = graph::read(ground, context)?;
    let below = |path: &RepoPath| {
        let path = path.below(&place.root);
        ground.roots.iter().any(|root| path.starts_with(root))
    };
    let named = graph.files().iter().filter(|path| below(path)).cloned();
    let files = only_committed(named, place)?;
    let before = if wanted.import_order {
        imported(&graph, &files)
    } else {
        vec![Vec::new(); files.len()]
    };
    let name = |at: &usize| files[*at].to_string();
    let steps = files.iter().zip(&before).map(|(path, before)| StepFile {
        name: None,
        path: path.to_string(),
        stage: None,
        rules: Vec::new(),
        kind: Some(kind.to_owned()),
        payload: None,
        priority: None,
        after: before.iter().map(name).collect(),
    });
    let file = PlanFile {
        name: wanted.name.to_owned(),
        about: about(wanted),
        step: steps.collect(),
    };
    Ok(file.plan()?)
}

fn about(wanted: &Wanted<'_>) -> String {
    let what = match (wanted.kind, wanted.rules) {
        (Some(kind), _) => kind.to_owned(),
        (None, []) => "all fixes".to_owned(),
        (None, rules) => rules.join(", "),
    };
    let place = match wanted.paths {
        [] => "the whole repository".to_owned(),
        paths => {
            let named: Vec<String> = paths.iter().map(|it| it.display().to_string()).collect();
            named.join(", ")
        }
    };
    let order = if wanted.import_order {
        ", each file after those that it imports"
    } else {
        ""
    };
    format!("{what} in {place}{order}")
}

/// Which rules are whose. One that is not at work here is an error: the plan would do
/// nothing and say nothing.
fn stages(rules: &[String], house: &House) -> Outcome<Stages> {
    let golden = house.golden(false)?;
    if rules.is_empty() {
        return Ok(Stages {
            qa: Some(Vec::new()),
            golden: (!golden.is_empty()).then(Vec::new),
        });
    }
    let (mut qa, mut own) = (Vec::new(), Vec::new());
    for rule in rules {
        if let Some(code) = active(rule, &golden) {
            own.push(code);
            continue;
        }
        let code = rule.to_ascii_uppercase();
        let registry = crate::golden::registry::find(rule);
        if let Some(known) = registry {
            return Err(Failure::usage(format!("{} is not active here", known.code))
                .hint(format!("add it: golden.enable = [\"{}\"]", known.code)));
        }
        let number = code.strip_prefix("GR");
        if number.is_some_and(|number| number.parse::<u32>().is_ok()) {
            return Err(
                Failure::usage(crate::golden::registry::unknown(rule)).hint("hive rules list")
            );
        }
        let is_code = code.chars().any(|one| one.is_ascii_digit())
            && code.chars().all(|one| one.is_ascii_alphanumeric());
        if !is_code && code != "FORMAT" {
            return Err(Failure::usage(format!("`{rule}` is no rule"))
                .hint("say a code (F401, I001, GR09), the id of a rule of your own, or format"));
        }
        qa.push(rule.clone());
    }
    Ok(Stages {
        qa: (!qa.is_empty()).then_some(qa),
        golden: (!own.is_empty()).then_some(own),
    })
}

/// The code or id of an active Golden Rule by its name.
fn active(rule: &str, golden: &Config) -> Option<String> {
    let code = crate::golden::registry::find(rule).map_or(rule, |rule| rule.code);
    let of_catalogue = golden.get(code).map(|active| active.code.clone());
    of_catalogue.or_else(|| {
        let own = golden.custom.iter().find(|own| own.id == rule);
        own.map(|own| own.id.clone())
    })
}

/// The files, in the order of the walk: those that are committed and that a tool may fix.
fn committed(
    house: &House,
    roots: &[PathBuf],
    place: &Place,
    context: &Context,
) -> Outcome<Vec<RepoPath>> {
    let walked = walk::walk(roots);
    for error in &walked.errors {
        context.terminal.warn(&crate::terminal::plain(error));
    }
    let plan = house.plan(walked, false, &context.cwd)?;
    for held in &plan.held {
        context.terminal.warn(&format!(
            "{} of {} is held: {}",
            held.tool, held.project, held.reason
        ));
    }
    let fixable = plan.files.into_iter().filter(|it| it.check_only.is_none());
    let paths = fixable.filter_map(|it| RepoPath::new(it.relative.as_str()).ok());
    only_committed(paths, place)
}

/// Those of some files that the last commit has.
fn only_committed(paths: impl Iterator<Item = RepoPath>, place: &Place) -> Outcome<Vec<RepoPath>> {
    let tip = head::read(place)
        .map_err(|error| unanswered(&error))?
        .tip
        .ok_or_else(|| Failure::usage("there is no commit here").hint("commit your files first"))?;
    let objects = Objects::open(place).map_err(|error| unanswered(&error))?;
    let mut files = Vec::new();
    for path in paths {
        let found = objects.blob_at(&tip, &path);
        if found.map_err(|error| unanswered(&error))?.is_some() {
            files.push(path);
        }
    }
    Ok(files)
}

/// For each file those that it imports when it is imported itself, by their places. Of
/// files that import each other in a circle, each comes after the one before it in the order
/// of the graph, which has no circle.
fn imported(graph: &Graph, files: &[RepoPath]) -> Vec<Vec<usize>> {
    let places: HashMap<&RepoPath, usize> = files.iter().zip(0..).collect();
    // The place of each file in an order of all.
    let mut ranks = HashMap::new();
    for file in graph.order(Kinds::RUNNING).into_iter().flatten() {
        let rank = ranks.len();
        ranks.insert(file, rank);
    }
    let rank = |path: &RepoPath| ranks.get(path).copied();
    files
        .iter()
        .map(|file| {
            let mut before: Vec<usize> = graph
                .imports_of(file, Kinds::RUNNING)
                .filter(|edge| rank(edge.to) < rank(file))
                .filter_map(|edge| places.get(edge.to).copied())
                .collect();
            before.sort_unstable();
            before.dedup();
            before
        })
        .collect()
}

/// A step of each stage for each file; within a file the stages come one after the other.
fn steps(files: &[RepoPath], before: &[Vec<usize>], stages: &Stages) -> Vec<NewStep> {
    let wanted: Vec<(Stage, &Vec<String>)> = [
        (Stage::Qa, stages.qa.as_ref()),
        (Stage::Golden, stages.golden.as_ref()),
    ]
    .into_iter()
    .filter_map(|(stage, rules)| Some((stage, rules?)))
    .collect();
    let each = wanted.len();
    let mut steps = Vec::with_capacity(files.len() * each);
    for (at, path) in files.iter().enumerate() {
        for (nth, (stage, rules)) in wanted.iter().enumerate() {
            let needs = match nth {
                // The first stage of those that it imports; their later ones do not
                // change what this one looks at.
                0 => before[at].iter().map(|other| other * each).collect(),
                _ => vec![at * each + nth - 1],
            };
            let name = match each {
                1 => path.to_string(),
                _ => format!("{path} {stage}"),
            };
            steps.push(NewStep {
                name,
                stage: *stage,
                path: path.clone(),
                kind: None,
                payload: None,
                rules: (*rules).clone(),
                priority: Priority::Low,
                needs,
            });
        }
    }
    steps
}
