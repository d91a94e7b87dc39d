//! `hive escalations` on a terminal: the review on the whole screen.

use super::super::listing::{open, say_nothing_here};
use super::super::monitor::signals;
use super::super::{Context, Ending};
use super::lists::ListArgs;
use crate::cli::here;
use crate::failure::{Failure, Outcome};
use crate::screen::questions::Review;
use crate::screen::{Changes, Palette, Tty};

/// Whether a person is there to go through the questions; if so, whether in colour.
pub(super) fn wanted(args: &ListArgs, context: &Context) -> Option<bool> {
    context.terminal.full().filter(|_| !args.is_for_programs())
}

/// Runs the review.
pub(super) fn run(args: &ListArgs, colour: bool, context: &Context) -> Outcome<Ending> {
    let place = here::work_tree(&context.cwd)?;
    let Some(queue) = open(context)? else {
        say_nothing_here(context);
        return Ok(Ending::Clean);
    };
    let interrupt = signals()?;
    let mut tty = Tty::open(interrupt.clone()).map_err(|error| {
        Failure::internal("the terminal cannot be taken over")
            .caused_by(error)
            .hint("hive escalations list prints them")
    })?;
    // Where nobody can say that something has changed, the rows are read after each order.
    let changes = Changes::follow(&place, tty.waker()).ok();
    let review = Review {
        place: &place,
        queue: &queue,
        interrupt: &interrupt,
        palette: Palette::new(colour),
        changes: changes.as_ref(),
        filter: args.filter(context)?,
        alone: None,
    };
    review.run(&mut tty)?;
    Ok(Ending::Clean)
}
