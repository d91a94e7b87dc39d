//! What happens before a push: `hive hook pre-push`, with what git says on standard input.
//!
//! In: the references that git is about to send. Out: a word that they are in flight, which
//! holds as long as the pushing git process lives ([`crate::repo::pushing`]); a wait of at
//! most `push.wait` for what is being found out about their commits; one block of lines
//! with what they leave for a person. Always: exit code 0, and nothing that stops or fails
//! the push. This room does not know how anything is fixed or landed.
//!
//! **Where a push and a fold meet.** git has read the reference before it runs this hook,
//! and sends what it read. So the word is given first; then every landing that was about to
//! move the reference is waited for (milliseconds: it has its locks, or sees the word and
//! gives up); then the reference is looked at. If it is what git sends, it stays so until
//! the push has ended. If fixes have been folded into it in between, the tip is given back:
//! the branch is what git sends, with a commit of hive's own on top, and not beside it.

mod left;
mod sent;

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{after, select};

use crate::agent::folding;
use crate::clock;
use crate::intake::commits::has_moved;
use crate::landing;
use crate::notice::{self, Notice, Taken};
use crate::process::table;
use crate::queue::{Queue, TaskFilter, Ticks};
use crate::repo::pushing::{self, Sent};
use crate::repo::{Oid, Place, WorktreeId, head};
use crate::settings::{self, Overrides, Settings};
use crate::store;
use crate::wake::{self, Trouble, trouble};

use left::Left;
use sent::Ref;

/// The name of the hook.
const EVENT: &str = "pre-push";
/// How much git may say; a thousand references are 200 kB.
const MOST: u64 = 16 << 20;
/// How long a landing that is about to move a reference is waited for. It has prepared
/// everything; what takes longer is dead.
const DECIDING: Duration = Duration::from_secs(3);
/// How often it is looked whether it has: nobody tells, and a fraction of the milliseconds
/// that it takes.
const TURN: Duration = Duration::from_micros(500);
/// How often a tip is tried to be given back while a git command is at work.
const TRIES: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(50);

/// Runs the hook. Always 0: git must not notice us.
pub fn main() -> u8 {
    wake::serve(EVENT, |place| {
        let mut text = Vec::new();
        std::io::stdin()
            .take(MOST)
            .read_to_end(&mut text)
            .map_err(trouble("reading what is pushed"))?;
        let text = String::from_utf8_lossy(&text);
        let head = head::read(place).ok();
        let head = head.and_then(|head| Some((head.reference?, head.tip?)));
        let refs = sent::parse(
            &text,
            head.as_ref().map(|(name, tip)| (name.as_str(), *tip)),
        );
        announce(place, &refs)?;
        settle(place, &refs)?;
        leave(place, &refs, head.map(|head| head.1))
    })
}

/// Gives the word.
fn announce(place: &Place, refs: &[Ref]) -> Result<(), Trouble> {
    // git itself, whatever stands between it and us: a shell, a manager of hooks.
    let Some(git) = table::nearest_above(std::process::id(), "git") else {
        return Ok(());
    };
    let sent = refs.iter().map(|one| Sent {
        reference: one.branch.clone().unwrap_or_default(),
        oid: one.oid,
    });
    let sent: Vec<Sent> = sent.collect();
    if sent.is_empty() {
        return Ok(());
    }
    pushing::announce(place, git, sent).map_err(trouble("writing down what is pushed"))
}

/// Lets landings that are under way come to their decision, and gives back what was folded
/// meanwhile.
fn settle(place: &Place, refs: &[Ref]) -> Result<(), Trouble> {
    let until = clock::now() + DECIDING;
    for one in refs {
        let Some(branch) = &one.branch else { continue };
        while landing::is_deciding(place, branch) && clock::now() < until {
            thread::sleep(TURN);
        }
        match landing::tip(place, branch) {
            Some(now) if now != one.oid => unfold(place, branch, &one.oid, &now)?,
            _ => {}
        }
    }
    Ok(())
}

/// Gives a tip back that is sent as it was before it was folded.
fn unfold(place: &Place, branch: &str, sent: &Oid, now: &Oid) -> Result<(), Trouble> {
    // The branch is checked out in one work tree at most, and perhaps not in this one.
    let here = holder(place, branch).unwrap_or_else(|| place.clone());
    let Some(queue) = open(&here) else {
        return Ok(());
    };
    let failed = |error: crate::failure::Failure| std::io::Error::other(error.to_string());
    for _ in 0..TRIES {
        // The landing is written down right behind the move, and perhaps not yet.
        let fold = queue.fold_of(now).ok().flatten();
        if let Some(fold) = fold.filter(|fold| fold.tip_before == *sent) {
            let given = settings_of(&here)
                .and_then(|settings| folding::give_back(&here, &queue, &settings, &fold))
                .map_err(failed)
                .map_err(trouble("giving a commit back"))?;
            if given.is_ok() {
                return Ok(());
            }
        }
        if landing::tip(place, branch) != Some(*now) {
            // Somebody else has, or the person went on.
            return Ok(());
        }
        thread::sleep(BETWEEN);
    }
    Ok(())
}

/// The work tree that a branch is checked out in.
fn holder(place: &Place, branch: &str) -> Option<Place> {
    let is_on = |place: &Place| {
        let head = fs::read_to_string(place.git_dir.join("HEAD")).unwrap_or_default();
        head.strip_prefix("ref:").map(str::trim) == Some(branch)
    };
    if is_on(place) {
        return Some(place.clone());
    }
    let linked = fs::read_dir(place.common_dir.join("worktrees"));
    let linked = linked.into_iter().flatten().flatten().filter_map(|entry| {
        let text = fs::read_to_string(entry.path().join("gitdir")).ok()?;
        PathBuf::from(text.trim()).parent().map(PathBuf::from)
    });
    let main = place.common_dir.parent().map(PathBuf::from);
    let mut all = main.into_iter().chain(linked);
    all.find_map(|root| {
        Place::at(&root).filter(|found| found.common_dir == place.common_dir && is_on(found))
    })
}

/// Waits for results and says what is left.
fn leave(place: &Place, refs: &[Ref], head: Option<Oid>) -> Result<(), Trouble> {
    let news = notice::take(place).map_err(trouble("reading the notice"))?;
    let told = match news {
        Some(Taken::Notice(notice)) => *notice,
        Some(Taken::Text(text)) => {
            wake::whisper(&text);
            Notice::default()
        }
        None => Notice::default(),
    };
    let moved = has_moved(place);
    let left = if moved || is_anything_open(place) {
        found_out(place, refs, head, moved)
    } else {
        None
    };
    let all = left.map_or(told.clone(), |left| left.with(told));
    wake::whisper(&all.block().unwrap_or_default());
    Ok(())
}

/// Whether there is any work, question or kept fix, told in a millisecond.
fn is_anything_open(place: &Place) -> bool {
    Queue::glance(place).is_some_and(|now| {
        !now.is_quiet() || now.questions + now.waiting + now.held + now.deferred > 0
    })
}

/// What the commits leave, once it is known or the time is over.
fn found_out(place: &Place, refs: &[Ref], head: Option<Oid>, moved: bool) -> Option<Left> {
    let queue = open(place)?;
    let settings = settings_of(place).ok()?;
    let commits = left::commits(place, refs)?;
    let until = clock::now() + settings.push.wait;
    // What HEAD brings is taken in only if it is part of the push.
    let moved = moved && head.is_some_and(|tip| commits.contains(&tip));
    let waits = |queue: &Queue| (moved && has_moved(place)) || works_on(queue, &commits);
    if waits(&queue) && wake::rouse(place, EVENT).unwrap_or(false) {
        wait(place, until, || !waits(&queue));
    }
    let unfinished = waits(&queue);
    Left::of(&queue, &settings, &commits, unfinished)
}

/// Whether something is still being found out about commits.
fn works_on(queue: &Queue, commits: &[Oid]) -> bool {
    let filter = TaskFilter {
        states: ["ready", "running", "scheduled"].map(str::to_owned).into(),
        ..TaskFilter::default()
    };
    let open = queue.list(&filter).unwrap_or_default();
    open.iter()
        .any(|task| left::is_of(queue, commits, &task.commits))
}

/// Waits until something holds, or a moment has come.
fn wait(place: &Place, until: Instant, holds: impl Fn() -> bool) {
    let Ok(ticks) = Ticks::of(place) else { return };
    // Looked at once the ticks are listened to: nothing falls between.
    while !holds() {
        let rest = until.saturating_duration_since(clock::now());
        if rest.is_zero() {
            return;
        }
        select! {
            recv(ticks.receiver()) -> _ => {}
            recv(after(rest)) -> _ => return,
        }
    }
}

fn open(place: &Place) -> Option<Queue> {
    store::repository_file(place).filter(|file| file.exists())?;
    Queue::open(place, WorktreeId::of(place).ok()?).ok()
}

fn settings_of(place: &Place) -> crate::failure::Outcome<Settings> {
    Ok(settings::load(Some(place), &Overrides::default())?.settings)
}
