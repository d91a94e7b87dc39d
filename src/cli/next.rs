//! `hive next`: the questions one by one, each with its answers.

use clap::Args;

use super::escalations::desk;
use super::escalations::drawn;
use super::escalations::orders::open_place;
use super::escalations::pick::FilterArgs;
use super::{Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::review::{self, Action, Desk, Did, act, take_back};
use crate::terminal::{Answer, plain};

const KEYS: &str = "y apply  n dismiss  e edit  i suppress  r resolved  s skip  u undo  q quit";

/// Answer the questions one by one
///
/// Each is shown with its code, patch and similar past cases. One key answers: y puts the
/// patch into the file, n dismisses the question, e opens the place in your editor, i
/// writes a comment that suppresses the finding (and asks for the reason), r says that it
/// is dealt with, s skips it, u takes the last answer back, q ends. Piped, every answer is
/// a line: `i because of …` has the reason in it.
#[derive(Debug, Args)]
pub(super) struct NextArgs {
    #[command(flatten)]
    filter: FilterArgs,
}

/// Runs `hive next`.
pub(super) fn run(args: &NextArgs, context: &Context) -> Outcome<Ending> {
    let desk = desk(context)?;
    let filter = args.filter.filter();
    let mut seen = Vec::new();
    let mut last: Option<Did> = None;
    while let Some(one) = desk.queue.next_escalation(&filter, &seen)? {
        let id = one.id;
        seen.push(id);
        let shown = review::detail(&desk, id)?;
        let lines = drawn::detail(&shown, &context.terminal);
        for line in &lines {
            context.terminal.line(line).map_err(Failure::from_output)?;
        }
        // What does not fit has scrolled away with its head, which says what is asked.
        let height = context.terminal.height().unwrap_or(usize::MAX);
        if let Some(head) = lines.first().filter(|_| lines.len() + 1 >= height) {
            context.terminal.line(head).map_err(Failure::from_output)?;
        }
        let has_patch = one.question.patch.is_some();
        loop {
            let Some(answer) = context.terminal.key(&prompt(has_patch)) else {
                return Ok(Ending::Clean);
            };
            let did = match answer.key {
                'y' => act(&desk, id, &Action::Apply, None),
                'n' => act(&desk, id, &Action::Dismiss, note(&answer)),
                'r' => act(&desk, id, &Action::Resolve, note(&answer)),
                'i' => match reason(&answer, context) {
                    Some(reason) => act(&desk, id, &Action::Suppress { reason }, None),
                    None => continue,
                },
                'e' => match open_place(&desk, id) {
                    Ok(()) => {
                        context
                            .terminal
                            .say("it resolves itself with the commit that removes its cause");
                        break;
                    }
                    Err(failure) => Err(failure),
                },
                's' => break,
                'u' => {
                    undo(&desk, &mut last, context);
                    continue;
                }
                'q' => return Ok(Ending::Clean),
                _ => {
                    context.terminal.say(KEYS);
                    continue;
                }
            };
            match did {
                Ok(did) => {
                    context.terminal.say(&plain(&did.said));
                    last = Some(did);
                    break;
                }
                Err(failure) => context.terminal.fail(&failure),
            }
        }
        context.terminal.line("").map_err(Failure::from_output)?;
    }
    let left = desk.queue.open_escalations()?;
    context.terminal.say(&match left {
        0 => "no question is open".to_owned(),
        1 => "that was the last of these; 1 question is open".to_owned(),
        many => format!("that was the last of these; {many} questions are open"),
    });
    Ok(Ending::Clean)
}

fn prompt(has_patch: bool) -> String {
    let keys = if has_patch { "y apply  " } else { "" };
    format!("{keys}n dismiss  e edit  i suppress  s skip  q quit  ? more >")
}

fn note(answer: &Answer) -> Option<&str> {
    Some(answer.rest.as_str()).filter(|rest| !rest.is_empty())
}

/// The reason of a suppression: what follows the key, else what is asked for.
fn reason(answer: &Answer, context: &Context) -> Option<String> {
    if let Some(reason) = note(answer) {
        return Some(reason.to_owned());
    }
    let asked = context.terminal.ask("why is it right as it is?");
    let reason = asked.filter(|reason| !reason.is_empty());
    if reason.is_none() {
        context
            .terminal
            .say("a suppression needs a reason: nothing is done");
    }
    reason
}

fn undo(desk: &Desk, last: &mut Option<Did>, context: &Context) {
    let Some(did) = last.take() else {
        context.terminal.say("there is no answer to take back");
        return;
    };
    match take_back(desk, &did) {
        Ok(said) => context.terminal.say(&said),
        Err(failure) => {
            context.terminal.fail(&failure);
            *last = Some(did);
        }
    }
}
