//! `hive monitor`: the live dashboard of a work tree.
//!
//! In: the journal and the rows of the queue, keys, signs that something has changed.
//! Out: frames; a person's orders (pause, resume, retry) to the queue. Always: what is
//! shown follows from the journal and the database alone, so that any number of
//! dashboards may look at a running agent, or at none; it is drawn when something has
//! changed, at most so often that it costs next to nothing, and stands still when
//! nothing happens. This room does not know who does the work or how.

mod draw;
mod figures;
mod flow;
mod keys;
mod model;
mod panels;
mod source;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::process::Interrupt;
use crate::queue::EscalationFilter;
use crate::repo::Place;
use crate::screen::questions::{Left, Review};
use crate::screen::{Changes, Happened, Palette, Tty};
use crate::wake;

use keys::Order;
use model::{Model, Tone};
use source::Source;

/// Shows what hive does in a work tree until the person leaves, or the terminal is gone.
pub fn run(place: &Place, interrupt: &Interrupt, palette: Palette) -> Outcome<()> {
    let mut source = Source::open(place)?;
    let mut tty = Tty::open(interrupt.clone())
        .map_err(|error| Failure::internal("the terminal cannot be taken over").caused_by(error))?;
    // Before the first look: nothing may come in between unheard.
    let changes = Changes::follow(place, tty.waker()).map_err(|error| {
        Failure::internal("changes cannot be listened for")
            .caused_by(error)
            .hint("raise the limit of watches (`fs.inotify.max_user_instances`)")
    })?;
    let mut model = Model::new(place.root.display().to_string(), clock::wall_ms());
    source.begin(&mut model);
    let mut changed = true;
    loop {
        if changed {
            model.now_ms = clock::wall_ms();
            if tty
                .draw(|frame| draw::draw(frame, &model, palette))
                .is_err()
            {
                // Nobody is left to see it.
                return Ok(());
            }
        }
        changed = true;
        match tty.wait(next(&source, &model)) {
            Happened::Ended => return Ok(()),
            Happened::Resized | Happened::Time => {}
            Happened::Woken => {
                // Drawn when it has been taken in: a burst of changes is one.
                changed = false;
                if changes.any() {
                    source.stir();
                }
            }
            Happened::Key(key) => match keys::press(&mut model, key) {
                None => {}
                Some(Order::Quit) => return Ok(()),
                Some(Order::Open(alone)) => {
                    let Some(queue) = source.queue() else {
                        continue;
                    };
                    let review = Review {
                        place,
                        queue,
                        interrupt,
                        palette,
                        changes: Some(&changes),
                        filter: EscalationFilter::default(),
                        alone,
                    };
                    if review.run(&mut tty)? == Left::Ended {
                        return Ok(());
                    }
                    source.hurry();
                }
                Some(order) => {
                    obey(&order, &source, place, &mut model);
                    source.hurry();
                }
            },
        }
        if source.is_due() {
            // Not before: until then nobody needs to be woken for what comes on top.
            changes.take();
        }
        changed |= source.follow(&mut model);
    }
}

/// When something is to be drawn again although nothing happens: a heartbeat that does
/// not come, a curve that goes on to the left until it is flat.
fn next(source: &Source, model: &Model) -> Option<Instant> {
    let now_ms = clock::wall_ms();
    let quiet = model.next_change(now_ms).map(|at_ms| {
        let left = u64::try_from(at_ms - now_ms).unwrap_or(0);
        clock::now() + Duration::from_millis(left + 1)
    });
    [source.due(), source.rest(), quiet]
        .into_iter()
        .flatten()
        .min()
}

/// Does what the person wants with the queue.
fn obey(order: &Order, source: &Source, place: &Place, model: &mut Model) {
    let Some(queue) = source.queue() else {
        return;
    };
    let done = match order {
        Order::Pause => queue
            .pause("by hive monitor")
            .map(|()| "no task begins here until p, or hive queue resume".to_owned()),
        Order::Resume => queue.resume().map(|_| "the queue goes on".to_owned()),
        Order::Retry(task) => queue
            .retry(*task)
            .map(|new| format!("task {new} takes {task} up again")),
        Order::Quit | Order::Open(_) => return,
    };
    match done {
        Ok(said) => {
            model.say(Tone::Good, said);
            // The order stands in the database; trouble here only makes it wait.
            if !matches!(order, Order::Pause)
                && let Err(error) = wake::nudge(place)
            {
                model.say(Tone::Bad, format!("nobody could be woken: {error}"));
            }
        }
        Err(error) => model.say(Tone::Bad, error.to_string()),
    }
}
