//! `hive plan show`: how far a plan is, and what its order looks like.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{SCHEMA, drawing, of, steps as some_steps};
use crate::cli::Context;
use crate::cli::listing::{ago, facts, json as print, span, table, value};
use crate::client::{Client, Plan, PlanState, PlanStatus, Shape, Step, shape_of};
use crate::failure::{Failure, Outcome};

/// How many steps that ended badly are shown.
const TROUBLED: usize = 20;
/// How many names of a critical path are shown.
const NAMED: usize = 8;
/// How many waves are shown.
const WAVES: usize = 20;

/// Show how far a plan is: what is done, what is left and for how long, what went wrong
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Its name or number
    plan: String,
    /// List every step, in the order in which they run
    #[arg(long)]
    steps: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// How a plan is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For Graphviz: `hive plan show NAME --format dot | dot -Tsvg`
    Dot,
    /// For Mermaid, as in Markdown on GitHub and GitLab
    Mermaid,
    /// For programs, see docs/json.md
    Json,
}

/// Runs the verb.
pub(super) fn run(args: &ShowArgs, context: &Context) -> Outcome<()> {
    let (client, plan) = of(&args.plan, context)?;
    let steps = client.plans().steps(plan.id)?;
    let shape = shape_of(&steps);
    let format = if args.json { Format::Json } else { args.format };
    let drawn = match format {
        Format::Json => return as_json(&client, &plan, &steps, &shape, context),
        Format::Text => return told(args, &client, &plan, &steps, &shape, context),
        Format::Dot => drawing::dot(&steps, &shape),
        Format::Mermaid => drawing::mermaid(&steps, &shape),
    };
    let printed = context.terminal.data(drawn.as_bytes());
    printed.map_err(Failure::from_output)
}

fn needs(steps: &[Step]) -> Vec<Vec<usize>> {
    steps.iter().map(|step| step.needs.clone()).collect()
}

fn as_json(
    client: &Client,
    plan: &Plan,
    steps: &[Step],
    shape: &Shape,
    context: &Context,
) -> Outcome<()> {
    let name = |step: usize| steps[step].name.clone();
    let names = |some: Vec<usize>| some.into_iter().map(name).collect::<Vec<_>>();
    let mut rows = value(&steps)?;
    for (row, step) in rows.as_array_mut().into_iter().flatten().zip(steps) {
        row["needs"] = json!(names(step.needs.clone()));
        row["depth"] = json!(shape.depth.get(step.step));
    }
    let waves: Vec<Vec<String>> = shape.waves().into_iter().map(names).collect();
    let next = client.plans().next(plan.id)?;
    let mut answer = json!({"schema": SCHEMA});
    let state = value(&client.plans().status(plan.id)?)?;
    if let (Some(answer), Value::Object(state)) = (answer.as_object_mut(), state) {
        answer.extend(state);
    }
    answer["next"] = json!(next.map(|task| task.id));
    answer["waves"] = json!(waves);
    answer["critical_path"] = json!(names(shape.critical_path(&needs(steps))));
    answer["steps"] = rows;
    print(context, &answer)
}

fn told(
    args: &ShowArgs,
    client: &Client,
    plan: &Plan,
    steps: &[Step],
    shape: &Shape,
    context: &Context,
) -> Outcome<()> {
    let state = client.plans().status(plan.id)?;
    let next = client.plans().next(plan.id)?;
    let waves = shape.waves();
    let widest = waves.iter().map(Vec::len).max().unwrap_or(0);
    let next = next.map(|task| {
        let step = steps.iter().find(|step| step.task == Some(task.id));
        step.map_or_else(|| task.path.to_string(), |step| step.name.clone())
    });
    facts(
        context,
        &[
            ("plan", format!("{} ({})", plan.name, plan.id)),
            ("what", plan.about.clone()),
            ("status", status(&state)),
            ("steps", progress(&state)),
            ("left", super::left(&state.plan)),
            ("landing", super::to_land(&state.plan)),
            ("next", next.unwrap_or_default()),
            (
                "waves",
                format!("{}, the widest of {}", waves.len(), some_steps(widest)),
            ),
            ("critical", critical(steps, shape)),
        ],
    )?;
    let line = |text: &str| context.terminal.line(text).map_err(Failure::from_output);
    if args.steps {
        line("")?;
        let rows: Vec<Vec<String>> = shape
            .order()
            .into_iter()
            .map(|at| row(steps, shape, at))
            .collect();
        return table(
            context,
            &["wave", "stage", "state", "task", "waits for", "step"],
            &rows,
        );
    }
    if waves.len() > 1 {
        line("")?;
        let rows: Vec<Vec<String>> = waves
            .iter()
            .take(WAVES)
            .zip(1..)
            .map(|(wave, number)| in_wave(steps, wave, number))
            .collect();
        table(
            context,
            &["wave", "steps", "done", "running", "first of them"],
            &rows,
        )?;
        if waves.len() > WAVES {
            line(&format!(
                "and {} more: --steps shows all",
                waves.len() - WAVES
            ))?;
        }
    }
    let troubled: Vec<Vec<String>> = steps.iter().filter_map(trouble).collect();
    if troubled.is_empty() {
        return Ok(());
    }
    line("")?;
    let shown = &troubled[..troubled.len().min(TROUBLED)];
    table(context, &["task", "state", "step", "why"], shown)?;
    if troubled.len() > TROUBLED {
        line(&format!(
            "and {} more: --steps shows all",
            troubled.len() - TROUBLED
        ))?;
    }
    Ok(())
}

fn status(state: &PlanState) -> String {
    let plan = &state.plan;
    match plan.status {
        PlanStatus::Draft => format!("draft: hive plan approve {}", plan.name),
        PlanStatus::Approved => format!("approved: hive plan start {}", plan.name),
        PlanStatus::Executing => format!("executing for {}", span(state.executing_ms)),
        PlanStatus::Paused => format!(
            "paused {} ago: hive plan resume {}",
            ago(plan.since_ms),
            plan.name
        ),
        PlanStatus::Completed => format!(
            "completed {} ago, in {}",
            ago(plan.since_ms),
            span(state.executing_ms)
        ),
        PlanStatus::Failed => format!(
            "failed {} ago: hive plan start {} does what is left",
            ago(plan.since_ms),
            plan.name
        ),
        PlanStatus::Cancelled => format!("cancelled {} ago", ago(plan.since_ms)),
    }
}

fn progress(state: &PlanState) -> String {
    let plan = &state.plan;
    let parts = [
        (state.progress.running, "running"),
        (state.progress.ready, "ready"),
        (state.progress.waiting, "waiting"),
        (state.progress.blocked, "blocked"),
        (plan.dead, "failed"),
        (plan.cancelled, "cancelled"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!(", {count} {name}"))
        .collect();
    format!("{} of {} done{}", plan.done, plan.total, parts.concat())
}

fn critical(steps: &[Step], shape: &Shape) -> String {
    let path = shape.critical_path(&needs(steps));
    if path.len() < 2 {
        return String::new();
    }
    let mut names: Vec<&str> = path.iter().map(|at| steps[*at].name.as_str()).collect();
    let count = names.len();
    if count > NAMED {
        names.splice(NAMED / 2..count - NAMED / 2, ["…"]);
    }
    format!("{}: {}", some_steps(count), names.join(" → "))
}

fn row(steps: &[Step], shape: &Shape, at: usize) -> Vec<String> {
    let step = &steps[at];
    let needs: Vec<&str> = step
        .needs
        .iter()
        .map(|it| steps[*it].name.as_str())
        .collect();
    let waits = match needs.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        many => format!("{} and {} more", many[0], many.len() - 1),
    };
    vec![
        (shape.depth[at] + 1).to_string(),
        step.stage.to_string(),
        step.state.clone().unwrap_or_default(),
        step.task.map(|task| task.to_string()).unwrap_or_default(),
        waits,
        step.name.clone(),
    ]
}

fn in_wave(steps: &[Step], wave: &[usize], number: usize) -> Vec<String> {
    let count = |state: &str| {
        let some = wave.iter();
        some.filter(|at| steps[**at].state.as_deref() == Some(state))
            .count()
            .to_string()
    };
    vec![
        number.to_string(),
        wave.len().to_string(),
        count("done"),
        count("running"),
        wave.first()
            .map(|at| steps[*at].name.clone())
            .unwrap_or_default(),
    ]
}

fn trouble(step: &Step) -> Option<Vec<String>> {
    let state = step.state.as_deref()?;
    let reason = step.reason.as_deref()?;
    ["dead", "cancelled", "deferred"].contains(&state).then(|| {
        vec![
            step.task.map(|task| task.to_string()).unwrap_or_default(),
            state.to_owned(),
            step.name.clone(),
            reason.lines().next().unwrap_or_default().to_owned(),
        ]
    })
}
