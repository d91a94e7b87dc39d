//! The one table of points: every point of the sources, and the scenes that pass it.

use crate::case::What;
use crate::ground::{STATES, State};

/// Who passes the points, and what comes of it is looked at by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Scene {
    /// A landing: the process that drives it.
    Landing,
    /// A landing: the child that makes the visible changes.
    Child,
    /// A landing one of whose files is saved in the middle of the exchanges.
    TakeBack,
    /// A landing on a branch of hive's own.
    Beside,
    /// A landing that makes the tip anew: the process that drives it.
    Fold,
    /// The same: the child that makes the visible changes.
    FoldChild,
    /// The same, and the tip was tagged in the last moment.
    GiveBack,
    /// Recovery after a landing whose child and parent died.
    Recover,
    /// Files replaced as `hive fix` does it.
    Writing,
    /// The same, one of them saved in the moment of the exchange.
    PutBack,
    /// The same where nothing can be exchanged.
    Copying,
    /// The same with old bytes on the shelf.
    Prune,
    /// The same after a death that left a displaced file.
    WritingRecover,
    /// The database is made.
    Make,
    /// The database of an older hive is opened.
    Migrate,
    /// A damaged database is opened.
    Aside,
    /// Results are remembered.
    Memo,
    /// Every operation of the queue, one after the other.
    Queue,
    /// `hive init` in a repository with hooks.
    Init,
    /// `hive uninit` there.
    Uninit,
    /// A whole pass of the agent, `hive watch --once`.
    Agent,
}

impl Scene {
    /// What the person has left in index and work tree, where that matters.
    pub(crate) fn states(self) -> &'static [State] {
        match self {
            Self::Make
            | Self::Migrate
            | Self::Aside
            | Self::Memo
            | Self::Queue
            | Self::Init
            | Self::Uninit => &[State::Clean],
            // Slow; the landing inside is tried over all of them.
            Self::Agent => &[State::Clean, State::Both],
            _ => &STATES,
        }
    }

    /// Whether this happens there: a person cannot come in between everywhere.
    pub(crate) fn has(self, what: What) -> bool {
        let meets = matches!(
            self,
            Self::Landing
                | Self::Child
                | Self::Beside
                | Self::Fold
                | Self::FoldChild
                | Self::Writing
                | Self::Agent
        );
        match what {
            What::Kill | What::Error => true,
            What::Full => self != Self::Agent,
            What::Delay => meets,
            What::DelayAndKill => meets && self != Self::Agent,
        }
    }

    /// How much a case costs, roughly.
    pub(crate) fn weight(self) -> usize {
        match self {
            Self::Agent => 12,
            Self::Init | Self::Uninit => 6,
            _ => 1,
        }
    }
}

/// Every point, by the scenes that pass it.
pub(crate) const POINTS: &[(Scene, &[&str])] = &[
    (
        Scene::Landing,
        &[
            "landing.read",
            "landing.objects.store",
            "landing.objects",
            "landing.intent.write",
            "landing.intent",
            "writing.session",
            "writing.note",
            "writing.temp",
            "writing.sync",
            "writing.finish",
            "landing.files",
            "landing.index",
            "landing.temps",
            "landing.report",
            "landing.recorded",
            "landing.settle",
            "writing.settle",
            "writing.keep",
            "writing.keep.index",
            "writing.kept",
            "landing.settled",
            "landing.intent.forget",
            "landing.done",
        ],
    ),
    (
        Scene::Child,
        &[
            "landing.lock.head",
            "landing.lock.references",
            "landing.lock",
            "landing.check",
            "landing.exchange",
            "writing.exchange",
            "writing.exchanged",
            "landing.exchanged",
            "landing.exchange.all",
            "landing.publish.index",
            "landing.publish.log",
            "landing.publish.reference",
            "landing.publish",
        ],
    ),
    (Scene::TakeBack, &["landing.take-back", "writing.put-back"]),
    (
        Scene::Beside,
        &[
            "landing.objects.store",
            "landing.beside",
            "landing.beside.moved",
        ],
    ),
    (
        Scene::Fold,
        &[
            "landing.objects",
            "landing.intent",
            "landing.temps",
            "landing.report",
            "landing.recorded",
            "landing.settle",
            "landing.fold.tell",
            "landing.settled",
            "landing.intent.forget",
            "landing.done",
        ],
    ),
    (
        Scene::FoldChild,
        &[
            "landing.lock.head",
            "landing.lock.references",
            "landing.lock",
            "landing.exchanged",
            "landing.exchange.all",
            "landing.publish.index",
            "landing.publish.log",
            "landing.publish.reference",
            "landing.publish",
        ],
    ),
    (
        Scene::GiveBack,
        &["landing.fold.back", "landing.fold.back.moved"],
    ),
    (
        Scene::Recover,
        &[
            "recover.begin",
            "writing.recover",
            "writing.settle",
            "writing.keep",
            "writing.recover.forget",
            "recover.files",
            "recover.log",
            "recover.lock",
            "recover.recorded",
            "recover.forget",
            "landing.intent.forget",
            "recover.sweep",
        ],
    ),
    (
        Scene::Writing,
        &[
            "writing.session",
            "writing.note",
            "writing.temp",
            "writing.sync",
            "writing.finish",
            "writing.exchange",
            "writing.exchanged",
            "writing.settle",
            "writing.keep",
            "writing.keep.index",
            "writing.kept",
        ],
    ),
    (Scene::PutBack, &["writing.put-back"]),
    (Scene::Copying, &["writing.copied"]),
    (Scene::Prune, &["writing.prune"]),
    (
        Scene::WritingRecover,
        &["writing.recover", "writing.recover.forget"],
    ),
    (
        Scene::Make,
        &[
            "store.create",
            "store.prepared",
            "store.migrate",
            "store.migrate.commit",
            "store.migrated",
        ],
    ),
    (
        Scene::Migrate,
        &[
            "store.create",
            "store.prepared",
            "store.migrate",
            "store.migrate.commit",
            "store.migrated",
        ],
    ),
    (Scene::Aside, &["store.aside", "store.aside.log"]),
    (Scene::Memo, &["memo.put", "memo.used", "memo.evict"]),
    (Scene::Queue, QUEUE),
    (
        Scene::Init,
        &[
            "init.directories",
            "init.database",
            "init.prepared",
            "init.team-file",
            "init.team-file.write",
            "init.team-file.placed",
            "init.hooks",
            "hooks.directory",
            "hooks.install",
            "hooks.kept",
            "hooks.write",
            "init.hooks.done",
            "init.installed",
            "init.trust",
            "init.end",
        ],
    ),
    (
        Scene::Uninit,
        &[
            "uninit.begin",
            "hooks.remove",
            "uninit.hooks",
            "uninit.trust",
            "uninit.directory",
        ],
    ),
    (
        Scene::Agent,
        &[
            "queue.record",
            "queue.mark",
            "queue.take-in",
            "queue.take-in.done",
            "queue.worker.started",
            "queue.claim",
            "queue.claim.done",
            "memo.put",
            "queue.finish",
            "queue.finish.done",
            "landing.objects",
            "landing.intent",
            "landing.temps",
            "landing.lock",
            "landing.exchanged",
            "landing.publish.index",
            "landing.publish.reference",
            "landing.report",
            "queue.landed",
            "queue.landed.done",
            "landing.recorded",
            "landing.settle",
            "landing.settled",
            "landing.done",
            "agent.landed",
            "queue.worker.ended",
        ],
    ),
];

/// The operations of the queue that write, each with the point behind its commit.
const QUEUE: &[&str] = &[
    "queue.mark",
    "queue.mark.done",
    "queue.take-in",
    "queue.take-in.done",
    "queue.claim",
    "queue.claim.done",
    "queue.heartbeat",
    "queue.heartbeat.done",
    "queue.promote",
    "queue.promote.done",
    "queue.release",
    "queue.release.done",
    "queue.defer",
    "queue.defer.done",
    "queue.wake-deferred",
    "queue.wake-deferred.done",
    "queue.fail",
    "queue.fail.done",
    "queue.finish",
    "queue.finish.done",
    "queue.retry",
    "queue.retry.done",
    "queue.cancel",
    "queue.cancel.done",
    "queue.errands",
    "queue.errands.done",
    "queue.require",
    "queue.require.done",
    "queue.worker.register",
    "queue.worker.register.done",
    "queue.claim.kind",
    "queue.claim.kind.done",
    "queue.forget",
    "queue.forget.done",
    "queue.plan.create",
    "queue.plan.create.done",
    "queue.plan.approve",
    "queue.plan.approve.done",
    "queue.plan.start",
    "queue.plan.start.done",
    "queue.plan.pause",
    "queue.plan.pause.done",
    "queue.plan.resume",
    "queue.plan.resume.done",
    "queue.plan.cancel",
    "queue.plan.cancel.done",
    "queue.landed",
    "queue.landed.done",
    "queue.reowned",
    "queue.reowned.done",
    "queue.fix.defer",
    "queue.fix.defer.done",
    "queue.fix.hold",
    "queue.fix.hold.done",
    "queue.fix.ready",
    "queue.fix.ready.done",
    "queue.fix.drop",
    "queue.fix.drop.done",
    "queue.raise",
    "queue.raise.done",
    "queue.resolve",
    "queue.resolve.done",
    "queue.answer",
    "queue.answer.done",
    "queue.lend",
    "queue.lend.done",
    "queue.inspect.later",
    "queue.inspect.later.done",
    "queue.inspect.begin",
    "queue.inspect.begin.done",
    "queue.inspect.end",
    "queue.inspect.end.done",
    "queue.own",
    "queue.own.done",
    "queue.restore",
    "queue.restore.done",
    "queue.teach",
    "queue.teach.done",
    "queue.unlearn",
    "queue.unlearn.done",
    "queue.learnt",
    "queue.learnt.done",
    "queue.landed-by-hand",
    "queue.landed-by-hand.done",
    "queue.decline",
    "queue.decline.done",
    "queue.forget-declines",
    "queue.forget-declines.done",
    "queue.lease",
    "queue.lease.done",
    "queue.release-lease",
    "queue.release-lease.done",
    "queue.breaker.save",
    "queue.breaker.save.done",
    "queue.breaker.admit",
    "queue.breaker.admit.done",
    "queue.breaker.ran",
    "queue.breaker.ran.done",
    "queue.pause",
    "queue.pause.done",
    "queue.resume",
    "queue.resume.done",
    "queue.gate",
    "queue.gate.done",
    "queue.record",
    "queue.record.done",
    "queue.worker.started",
    "queue.worker.started.done",
    "queue.worker.beat",
    "queue.worker.beat.done",
    "queue.worker.ended",
    "queue.worker.ended.done",
    "queue.recover",
    "queue.recover.done",
    "queue.prune",
    "queue.prune.done",
    "queue.vacuum",
];
