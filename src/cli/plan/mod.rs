//! `hive plan`: work with an order, from a draft to its end.

mod create;
mod drawing;
mod everything;
mod show;

use std::error::Error as _;

use clap::{Args, Subcommand};
use serde_json::json;

use super::listing::{ago, json as print, open, say_nothing_here, span, table, value};
use super::{Context, Ending};
use crate::cli::here;
use crate::client::{Client, Plan, PlanStatus};
use crate::clock;
use crate::failure::{Failure, Outcome};

/// The version of the shape of `hive plan … --json`.
pub(super) const SCHEMA: u32 = 1;

/// Work in an order: write it down, approve it, start it, watch it
///
/// A plan is a named set of steps, each of which may wait for others. Nothing of it runs
/// before it is approved and started; then the agent takes its steps like all other work,
/// and their fixes land as commits of hive's own. What a commit or a person asks for goes
/// first. A plan outlives hive and the machine: it goes on where it was.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(subcommand)]
    command: Option<PlanCommand>,
}

#[derive(Debug, Subcommand)]
enum PlanCommand {
    Create(create::CreateArgs),
    Show(show::ShowArgs),
    /// Say that a draft is wanted
    Approve {
        /// Its name or number
        plan: String,
    },
    /// Let an approved plan run; one that failed or was cancelled goes on with what is left
    Start {
        /// Its name or number
        plan: String,
    },
    /// Let no step of it begin until `hive plan resume`
    Pause {
        /// Its name or number
        plan: String,
    },
    /// Go on
    Resume {
        /// Its name or number
        plan: String,
    },
    /// End it, and its steps that have not ended
    Cancel {
        /// Its name or number
        plan: String,
    },
    /// List the plans of this work tree, the newest first
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs `hive plan`.
pub(super) fn run(args: PlanArgs, context: &Context) -> Outcome<Ending> {
    let say = |text: &str| context.terminal.say(text);
    match args.command {
        None => list(false, context)?,
        Some(PlanCommand::List { json }) => list(json, context)?,
        Some(PlanCommand::Create(args)) => create::run(&args, context)?,
        Some(PlanCommand::Show(args)) => show::run(&args, context)?,
        Some(PlanCommand::Approve { plan }) => {
            let (client, plan) = of(&plan, context)?;
            client.plans().approve(plan.id)?;
            say(&format!("{0} is approved: hive plan start {0}", plan.name));
        }
        Some(PlanCommand::Start { plan }) => {
            let (client, plan) = of(&plan, context)?;
            if plan.status == PlanStatus::Draft {
                return Err(Failure::usage(format!("the plan {} is a draft", plan.name))
                    .hint(format!("look at it, then: hive plan approve {}", plan.name)));
            }
            start(&client, &plan, context)?;
        }
        Some(PlanCommand::Pause { plan }) => {
            let (client, plan) = of(&plan, context)?;
            client.plans().pause(plan.id)?;
            say(&format!(
                "no step of {0} begins until hive plan resume {0}",
                plan.name
            ));
        }
        Some(PlanCommand::Resume { plan }) => {
            let (client, plan) = of(&plan, context)?;
            client.plans().go_on(plan.id)?;
            wake(&client, context);
            say(&format!("{} goes on", plan.name));
        }
        Some(PlanCommand::Cancel { plan }) => {
            let (client, plan) = of(&plan, context)?;
            let ended = client.plans().cancel(plan.id)?;
            say(&format!(
                "{} is cancelled, {} with it",
                plan.name,
                steps(ended)
            ));
        }
    }
    Ok(Ending::Clean)
}

/// Lets a plan run.
fn start(client: &Client, plan: &Plan, context: &Context) -> Outcome<()> {
    client.plans().begin(plan.id)?;
    wake(client, context);
    let now = client.plans().cached_status(plan.id)?;
    context.terminal.say(&format!(
        "{} is {}, {} to go: hive plan show {0}",
        now.name,
        now.status.name(),
        steps(now.open())
    ));
    Ok(())
}

/// Wakes hive for an order, which stands even where that cannot be done.
fn wake(client: &Client, context: &Context) {
    if let Err(error) = client.nudge() {
        let cause = error.source().map(|cause| format!(": {cause}"));
        let said = format!(
            "{error}{}; hive watch does what waits",
            cause.unwrap_or_default()
        );
        context.terminal.warn(&said);
    }
}

/// The client of the repository here, where hive keeps something.
fn client(context: &Context) -> Outcome<Option<Client>> {
    let Some(queue) = open(context)? else {
        return Ok(None);
    };
    let place = here::work_tree(&context.cwd)?;
    Ok(Some(Client::of(place, queue)))
}

/// A plan by its name or number.
fn of(named: &str, context: &Context) -> Outcome<(Client, Plan)> {
    let queue = super::listing::must_open(context)?;
    let place = here::work_tree(&context.cwd)?;
    let client = Client::of(place, queue);
    let by_name = client.plans().named(named);
    let plan = match (by_name, named.parse()) {
        (Ok(plan), _) => plan,
        (Err(_), Ok(id)) => client.plans().cached_status(id)?,
        (Err(error), Err(_)) => return Err(error.into()),
    };
    Ok((client, plan))
}

fn list(as_json: bool, context: &Context) -> Outcome<()> {
    let client = client(context)?;
    let plans = match &client {
        Some(client) => client.plans().list()?,
        None => Vec::new(),
    };
    if as_json {
        return print(context, &json!({"schema": SCHEMA, "plans": value(&plans)?}));
    }
    if client.is_none() {
        say_nothing_here(context);
        return Ok(());
    }
    if plans.is_empty() {
        context
            .terminal
            .say("there is no plan; hive plan create writes one down");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = plans.iter().map(row).collect();
    table(
        context,
        &["id", "status", "done", "failed", "left", "age", "name"],
        &rows,
    )
}

fn row(plan: &Plan) -> Vec<String> {
    vec![
        plan.id.to_string(),
        plan.status.name().to_owned(),
        format!("{} of {}", plan.done, plan.total),
        (plan.dead + plan.cancelled).to_string(),
        left(plan),
        ago(plan.created_ms),
        plan.name.clone(),
    ]
}

/// How long the rest of a plan will take, as people say it.
pub(super) fn left(plan: &Plan) -> String {
    let left = plan.left_ms(clock::wall_ms());
    match (plan.status, left) {
        (PlanStatus::Executing, Some(left)) if plan.open() > 0 => format!("about {}", span(left)),
        _ => String::new(),
    }
}

/// How many fixes of a plan wait, as people say it; nothing where none does.
pub(super) fn to_land(plan: &Plan) -> String {
    match plan.landing {
        0 => String::new(),
        1 => "1 fix waits to land: hive status".to_owned(),
        many => format!("{many} fixes wait to land: hive status"),
    }
}

/// A number of steps, as people say it.
fn steps(count: usize) -> String {
    match count {
        1 => "1 step".to_owned(),
        many => format!("{many} steps"),
    }
}
