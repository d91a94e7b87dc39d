-- The agent: what is to be done, what was done, and what needs a person.
--
-- Object ids are blobs of 20 or 32 bytes; lists of them are one blob: the length of
-- an id in one byte, then the ids. Times are milliseconds since the epoch. Every key
-- of a row that belongs to a work tree begins with that work tree.

-- stage: 0 qa, 1 golden
-- state: 0 ready, 1 running, 2 scheduled, 3 deferred, 4 done, 5 dead, 6 superseded,
--        7 cancelled; the last four are final
-- cause: 0 commit, 1 person, 2 save, 3 sweep
-- priority: 0 critical, 1 high, 2 normal, 3 low
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- in trailers of commits, so never used again
    worktree TEXT NOT NULL,
    stage INTEGER NOT NULL,
    path TEXT NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 7),
    cause INTEGER NOT NULL,
    saved INTEGER NOT NULL,                -- 1: a save is among the causes
    priority INTEGER NOT NULL,
    tip BLOB,
    blob BLOB,
    base BLOB,                             -- the oldest parent that the work compares with
    commits BLOB NOT NULL,
    burst INTEGER,
    previous INTEGER,                      -- the fix of the stage before
    origin INTEGER,                        -- the task that this one takes up again
    successor INTEGER,                     -- the task that takes this one up again
    first_seen INTEGER NOT NULL,
    vdl INTEGER NOT NULL,                  -- virtual deadline: first_seen + weight of the priority
    run_at INTEGER NOT NULL,
    gen INTEGER NOT NULL DEFAULT 1,        -- how many changes are folded in
    attempt INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL DEFAULT 3,
    crashes INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,      -- fencing token, raised by every claim
    worker TEXT,
    boot TEXT,
    instance TEXT,
    started INTEGER,
    lease_until INTEGER,
    reason TEXT,                           -- why it was deferred
    outcome INTEGER,                       -- of a done one: 0 clean, 1 fixed, 2 asked
    ended INTEGER,
    error_class INTEGER,                   -- 0 transient, 1 permanent, 2 crash, 3 timeout
    error TEXT,
    tool TEXT,
    tool_version TEXT
) STRICT;

-- At most one waits per key: a new change folds in.
CREATE UNIQUE INDEX tasks_open ON tasks (worktree, path, stage) WHERE state IN (0, 2, 3);
-- At most one runs per file.
CREATE UNIQUE INDEX tasks_running ON tasks (worktree, path) WHERE state = 1;
-- Ready apart from scheduled, so that retries never stand in front of a claim.
CREATE INDEX tasks_ready ON tasks (worktree, stage, vdl, id) WHERE state = 0;
CREATE INDEX tasks_scheduled ON tasks (worktree, run_at) WHERE state = 2;
CREATE INDEX tasks_dead ON tasks (worktree, path, stage) WHERE state = 5;
-- Not by state: it would be written with every move of a task.
CREATE INDEX tasks_burst ON tasks (burst);

-- One row per run that has ended; the run that goes on is in its task.
-- outcome: 0 clean, 1 fixed, 2 asked, 3 superseded, 4 failed, 5 deferred, 6 released,
--          7 died, 8 expired
CREATE TABLE attempts (
    task INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    worker TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    error_class INTEGER,
    error TEXT,
    tool TEXT,
    tool_version TEXT,
    PRIMARY KEY (task, epoch)
) WITHOUT ROWID, STRICT;

-- One intake pass; its fixes land together.
CREATE TABLE bursts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    worktree TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE workers (
    worktree TEXT NOT NULL,
    name TEXT NOT NULL,
    stage INTEGER NOT NULL,
    pid INTEGER NOT NULL,
    started INTEGER NOT NULL,
    beat INTEGER NOT NULL,
    ended INTEGER,
    reason TEXT,
    PRIMARY KEY (worktree, name)
) WITHOUT ROWID, STRICT;

-- The last commit dealt with.
CREATE TABLE marks (
    worktree TEXT NOT NULL,
    reference TEXT NOT NULL,
    oid BLOB NOT NULL,
    log TEXT NOT NULL,                     -- hash of the line of the reflog, or empty
    PRIMARY KEY (worktree, reference)
) WITHOUT ROWID, STRICT;

-- History, and the fixes that wait to land.
-- state: 0 ready, 1 deferred, 2 held, 3 landed, 4 superseded, 5 dropped
CREATE TABLE fixes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    worktree TEXT NOT NULL,
    path TEXT NOT NULL,
    stage INTEGER NOT NULL,
    state INTEGER NOT NULL,
    reason TEXT,
    seen TEXT,                             -- what was there when it was deferred
    task INTEGER NOT NULL,
    worker TEXT NOT NULL,
    burst INTEGER,
    tip BLOB NOT NULL,
    base BLOB,
    before BLOB NOT NULL,
    after BLOB,                            -- compressed; dropped 7 days after the end
    counts TEXT NOT NULL,                  -- JSON: [{code, class, count}]
    classes INTEGER NOT NULL,              -- bits: 1 same, 2 linter, 4 golden
    ms INTEGER NOT NULL,
    commits BLOB NOT NULL,
    made INTEGER NOT NULL,
    ended INTEGER,
    landing INTEGER
) STRICT;

CREATE UNIQUE INDEX fixes_waiting ON fixes (worktree, path, stage) WHERE state IN (0, 1, 2);
CREATE INDEX fixes_path ON fixes (worktree, path, id);
CREATE INDEX fixes_landing ON fixes (landing) WHERE landing IS NOT NULL;
CREATE INDEX fixes_ended ON fixes (ended) WHERE after IS NOT NULL AND ended IS NOT NULL;

-- kind: 0 own, 1 undo, 2 fold, 3 tidy; the last two leave the person the owner
CREATE TABLE landings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    worktree TEXT NOT NULL,
    at INTEGER NOT NULL,
    reference TEXT NOT NULL,
    mode TEXT NOT NULL,
    kind INTEGER NOT NULL,
    tip_before BLOB NOT NULL,
    tip_after BLOB NOT NULL
) STRICT;

CREATE INDEX landings_worktree ON landings (worktree, id);

CREATE TABLE landing_commits (
    oid BLOB NOT NULL,
    landing INTEGER NOT NULL REFERENCES landings (id),
    stage INTEGER NOT NULL,
    reowned_by BLOB,                       -- the person's amended commit
    PRIMARY KEY (oid, landing)
) WITHOUT ROWID, STRICT;

CREATE INDEX landing_commits_landing ON landing_commits (landing);

-- level: 0 info, 1 warning, 2 error, 3 critical
-- state: 0 open, 1 snoozed, 2 resolved, 3 dismissed
CREATE TABLE escalations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    worktree TEXT NOT NULL,
    path TEXT NOT NULL,
    stage INTEGER NOT NULL,
    rule TEXT NOT NULL,
    symbol TEXT NOT NULL,
    text_hash BLOB NOT NULL,               -- of the normalised snippet
    level INTEGER NOT NULL,
    line INTEGER NOT NULL,
    column INTEGER NOT NULL,
    snippet TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    worker TEXT,
    task INTEGER,
    "commit" BLOB,
    patch TEXT,
    state INTEGER NOT NULL,
    until INTEGER,                         -- of a snoozed one
    note TEXT,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    ended INTEGER
) STRICT;

CREATE UNIQUE INDEX escalations_key
    ON escalations (worktree, path, stage, rule, symbol, text_hash);
CREATE INDEX escalations_state ON escalations (worktree, state);

-- A person's "no", in every work tree.
CREATE TABLE declines (
    path TEXT NOT NULL,
    rule TEXT NOT NULL,
    symbol TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    how TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (path, rule, symbol, text_hash)
) WITHOUT ROWID, STRICT;

CREATE TABLE breakers (
    tool TEXT NOT NULL,
    version TEXT NOT NULL,
    value TEXT NOT NULL,                   -- JSON
    PRIMARY KEY (tool, version)
) WITHOUT ROWID, STRICT;

-- Why a work tree waits. name: pause, gate
CREATE TABLE holds (
    worktree TEXT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (worktree, name)
) WITHOUT ROWID, STRICT;

-- The journal, in pages: what one transaction recorded for one work tree.
CREATE TABLE events (
    first INTEGER PRIMARY KEY,             -- id of the first entry of the page
    last INTEGER NOT NULL,
    worktree TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL                     -- one JSON object per line
) STRICT;
