//! `hive next`: the questions one by one, each with its answers.

use clap::Args;

use super::escalations::desk;
use super::escalations::drawn;
use super::escalations::orders::open_place;
use super::escalations::pick::FilterArgs;
use super::{Context, Ending};
use crate::escalation::Escalation;
use crate::failure::{Failure, Outcome};
use crate::queue::EscalationId;
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
    let filter = args.filter.filter(context)?;
    let mut round = Round {
        seen: Vec::new(),
        last: None,
    };
    loop {
        while let Some(one) = desk.queue.next_escalation(&filter, &round.seen)? {
            round.seen.push(one.id);
            if round.ask(&one, &desk, context)? == Next::Leave {
                return Ok(Ending::Clean);
            }
            context.terminal.line("").map_err(Failure::from_output)?;
        }
        // The last answer may be a slip, too.
        if round.last.is_none() || !context.terminal.interactive() {
            break;
        }
        match context
            .terminal
            .key("that was the last of these: u undo  q quit >")
        {
            Some(answer) if answer.key == 'u' => {
                if !round.undo(&desk, context) {
                    break;
                }
            }
            _ => break,
        }
    }
    let left = desk.queue.open_escalations()?;
    context.terminal.say(&match left {
        0 => "no question is open".to_owned(),
        1 => "that was the last of these; 1 question is open".to_owned(),
        many => format!("that was the last of these; {many} questions are open"),
    });
    Ok(Ending::Clean)
}

/// The questions that were shown, and the last answer.
struct Round {
    seen: Vec<EscalationId>,
    last: Option<Did>,
}

/// What comes after a question.
#[derive(PartialEq, Eq)]
enum Next {
    Question,
    Leave,
}

impl Round {
    /// Shows a question and takes its answer.
    fn ask(&mut self, one: &Escalation, desk: &Desk, context: &Context) -> Outcome<Next> {
        let id = one.id;
        show(desk, id, context)?;
        let question = &one.question;
        loop {
            let Some(answer) = context.terminal.key(&prompt(question.patch.is_some())) else {
                return Ok(Next::Leave);
            };
            if "ynri".contains(answer.key)
                && let Err(failure) = review::unanswered(desk, id, &one.state)
            {
                context.terminal.fail(&failure);
                return Ok(Next::Question);
            }
            let did = match answer.key {
                'y' => act(desk, id, &Action::Apply, None),
                'n' => act(desk, id, &Action::Dismiss, note(&answer)),
                'r' => act(desk, id, &Action::Resolve, note(&answer)),
                'i' => {
                    let place = (&question.path, question.line);
                    let (rule, stage) = (&question.rule, question.stage);
                    match review::unsuppressible(id, rule, stage, place) {
                        Some(failure) => Err(failure),
                        None => match reason(&answer, context) {
                            Some(reason) => act(desk, id, &Action::Suppress { reason }, None),
                            None => continue,
                        },
                    }
                }
                'e' => match open_place(desk, id) {
                    Ok(()) => {
                        context
                            .terminal
                            .say("it resolves itself with the commit that removes its cause");
                        return Ok(Next::Question);
                    }
                    Err(failure) => Err(failure),
                },
                's' => return Ok(Next::Question),
                'u' => {
                    if self.undo(desk, context) {
                        // This one comes again after that.
                        self.seen.retain(|seen| *seen != id);
                        return Ok(Next::Question);
                    }
                    continue;
                }
                'q' => return Ok(Next::Leave),
                _ => {
                    context.terminal.say(KEYS);
                    continue;
                }
            };
            match did {
                Ok(did) => {
                    context.terminal.say(&plain(&did.said));
                    self.last = Some(did);
                    return Ok(Next::Question);
                }
                Err(failure) => context.terminal.fail(&failure),
            }
        }
    }

    /// Takes the last answer back, whose question is then shown again; whether it could.
    fn undo(&mut self, desk: &Desk, context: &Context) -> bool {
        let Some(did) = self.last.take() else {
            context.terminal.say("there is no answer to take back");
            return false;
        };
        let taken = take_back(desk, vec![did], &|| {});
        for failure in &taken.failed {
            context.terminal.fail(failure);
        }
        for id in &taken.ids {
            let said = format!("question {id} stands as before");
            context.terminal.say(&said);
        }
        self.seen.retain(|seen| !taken.ids.contains(seen));
        self.last = taken.kept.into_iter().next();
        !taken.ids.is_empty()
    }
}

/// Shows all about a question.
fn show(desk: &Desk, id: EscalationId, context: &Context) -> Outcome<()> {
    let shown = review::detail(desk, id)?;
    let lines = drawn::detail(&shown, &context.terminal);
    for line in &lines {
        context.terminal.line(line).map_err(Failure::from_output)?;
    }
    // What does not fit has scrolled away with its head, which says what is asked.
    let height = context.terminal.height().unwrap_or(usize::MAX);
    if let Some(head) = lines.first().filter(|_| lines.len() + 1 >= height) {
        context.terminal.line(head).map_err(Failure::from_output)?;
    }
    Ok(())
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
