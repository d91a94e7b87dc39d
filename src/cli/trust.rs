//! `hive trust`: shows what would run, asks, and records the answer.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use super::{Context, Ending, listing};
use crate::cli::here;
use crate::failure::{Failure, Outcome};
use crate::house::tools;
use crate::repo::Place;
use crate::settings::trust::{Consent, Record, Trust, TrustAnswer};
use crate::settings::{self, Overrides};
use crate::terminal::plain;
use crate::wake;

/// The version of the shape of `hive trust --show --json`.
const JSON_VERSION: u32 = 1;

/// Trust this repository to run its tools
///
/// Shows the settings that decide what runs and the programs that were found,
/// asks, and records them in your own state directory. When one of them changes,
/// hive holds what needs them until you trust again. The trust holds for all work
/// trees of the repository.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "these are flags")]
pub struct TrustArgs {
    /// Record without asking, for scripts
    #[arg(short, long, conflicts_with_all = ["show", "revoke"])]
    yes: bool,
    /// Print what is recorded and what has changed since; exit code 1 unless trusted
    #[arg(long, conflicts_with = "revoke")]
    show: bool,
    /// Forget the trust in this repository
    #[arg(long)]
    revoke: bool,
    /// With --show: print JSON
    #[arg(long, requires = "show")]
    json: bool,
}

/// Runs `hive trust`.
pub fn run(args: &TrustArgs, context: &Context) -> Outcome<Ending> {
    let place = here::work_tree(&context.cwd)?;
    if args.revoke {
        let said = if Trust::revoke(&place)? {
            "this repository is no longer trusted"
        } else {
            "this repository was not trusted"
        };
        context.terminal.say(said);
        return Ok(Ending::Clean);
    }
    let resolved = settings::load(Some(&place), &Overrides::default())?;
    for warning in &resolved.warnings {
        context.terminal.warn(warning);
    }
    let mut trust = Trust::load(Some(&place))?;
    let tools = &tools::of_repository(&place, &resolved.settings)[..];
    let answer = trust.check(&resolved.team, tools, Consent::Recorded)?;
    if args.show {
        let text = if args.json {
            as_json(trust.recorded(), &answer)
        } else {
            shown(trust.recorded(), &answer)
        };
        print(context, &text)?;
        return Ok(match answer {
            TrustAnswer::Trusted => Ending::Clean,
            _ => Ending::Findings,
        });
    }
    let proposal = trust.propose(&resolved.team, tools)?;
    if answer == TrustAnswer::Trusted {
        context
            .terminal
            .say("this repository is trusted already, and nothing has changed");
        return Ok(Ending::Clean);
    }
    print(context, &listed(&proposal))?;
    if let TrustAnswer::Changed { what } = &answer {
        print(context, &changed(what))?;
    }
    if !args.yes && !agreed(context)? {
        context
            .terminal
            .say("nothing was recorded; `hive trust` asks again");
        return Ok(Ending::Findings);
    }
    trust.record(proposal)?;
    context.terminal.say("this repository is trusted now");
    wake(&place, context);
    Ok(Ending::Clean)
}

/// Lets what was held for want of trust go on. Where nothing waits nobody is started: the
/// next commit does that.
fn wake(place: &Place, context: &Context) {
    let waits = listing::open(context).and_then(|queue| match queue {
        Some(queue) => Ok(!queue.waiting_fixes()?.is_empty()),
        None => Ok(false),
    });
    if let Ok(true) = waits
        && let Err(error) = wake::nudge(place)
    {
        let said = format!("nobody could be woken: {error}; hive watch does what waits");
        context.terminal.warn(&said);
    }
}

/// Shows what would be recorded and asks, as `hive trust` does; with `yes` records
/// without asking, as `hive trust --yes` does.
pub(super) fn offer(yes: bool, context: &Context) -> Outcome<Ending> {
    let args = TrustArgs {
        yes,
        show: false,
        revoke: false,
        json: false,
    };
    run(&args, context)
}

fn agreed(context: &Context) -> Outcome<bool> {
    let question = "Trust this repository to decide and run this, until one of it changes? [y/N]";
    let answer = context.terminal.ask(question).ok_or_else(|| {
        Failure::usage("there is no terminal to ask on")
            .hint("`hive trust --yes` records without asking")
    })?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

fn print(context: &Context, text: &str) -> Outcome<()> {
    context
        .terminal
        .data(text.as_bytes())
        .map_err(|error| Failure::internal("cannot write to standard output").caused_by(error))
}

fn shown(record: Option<&Record>, answer: &TrustAnswer) -> String {
    let mut text = match record {
        Some(record) => format!("{}\n{}", when(record), listed(record)),
        None => String::new(),
    };
    match answer {
        TrustAnswer::Changed { what } => text.push_str(&changed(what)),
        other => {
            if let Some(reason) = other.reason() {
                text.push_str(&plain(&reason));
                text.push('\n');
            }
        }
    }
    text
}

fn when(record: &Record) -> String {
    let time = jiff::Timestamp::from_millisecond(record.recorded_ms).map_or_else(
        |_| "an unknown time".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    );
    format!("trusted at {time} by hive {}", plain(&record.hive))
}

/// The settings and the tools of a record, one per line.
fn listed(record: &Record) -> String {
    let names = record.settings.keys().map(String::len).max().unwrap_or(0);
    let mut text = "settings\n".to_owned();
    for (name, value) in &record.settings {
        let _ = writeln!(text, "  {name:names$} = {}", plain(value));
    }
    text.push_str("tools\n");
    if record.tools.is_empty() {
        text.push_str("  none of this repository's: hive runs what is compiled in\n");
    }
    for tool in &record.tools {
        let version = tool.version.as_deref().unwrap_or("(version unknown)");
        let _ = writeln!(text, "  {} {}", tool.tool.name(), plain(version));
        for file in &tool.files {
            let _ = writeln!(
                text,
                "    {:11}  {}  {}",
                file.role.word(),
                plain(&file.path),
                plain(file.blake3.get(..12).unwrap_or(&file.blake3)),
            );
        }
    }
    text
}

fn changed(what: &[String]) -> String {
    let mut text = "changed since it was trusted\n".to_owned();
    for one in what {
        let _ = writeln!(text, "  {}", plain(one));
    }
    text
}

fn as_json(record: Option<&Record>, answer: &TrustAnswer) -> String {
    let changed: &[String] = match answer {
        TrustAnswer::Changed { what } => what,
        _ => &[],
    };
    let tree = json!({
        "version": JSON_VERSION,
        "trusted": *answer == TrustAnswer::Trusted,
        "reason": answer.reason(),
        "changed": changed,
        "record": record,
    });
    format!("{tree:#}\n")
}

#[cfg(test)]
mod tests {
    use super::{Record, TrustAnswer, as_json, shown};

    fn record() -> Record {
        serde_json::from_str(
            r#"{
                "version": 1, "repository": "/r/.git", "recorded_ms": 0, "hive": "0.1.0",
                "settings": {"lint": "\"auto\"", "extend_safe": "[\"F841\"]"},
                "tools": [{"tool": "black", "version": null, "files": [
                    {"role": "program", "path": ".venv/bin/bl\u001back", "blake3": "0123456789abcdef"}
                ]}]
            }"#,
        )
        .unwrap()
    }

    #[test]
    fn a_record_is_shown_with_what_changed_and_nothing_raw() {
        let answer = TrustAnswer::Changed {
            what: vec!["`lint` is \"off\", trusted was \"auto\"".to_owned()],
        };
        assert_eq!(
            shown(Some(&record()), &answer),
            "trusted at 1970-01-01 00:00 UTC by hive 0.1.0
settings
  extend_safe = [\"F841\"]
  lint        = \"auto\"
tools
  black (version unknown)
    program      .venv/bin/bl\\u{1b}ack  0123456789ab
changed since it was trusted
  `lint` is \"off\", trusted was \"auto\"
"
        );
        assert_eq!(
            shown(None, &TrustAnswer::Never),
            "this repository is not trusted to run programs\n"
        );
    }

    #[test]
    fn json_says_whether_and_why_not() {
        let tree: serde_json::Value =
            serde_json::from_str(&as_json(None, &TrustAnswer::Never)).unwrap();
        assert_eq!(
            tree.to_string(),
            r#"{"version":1,"trusted":false,"reason":"this repository is not trusted to run programs","changed":[],"record":null}"#
        );
    }
}
