-- Work with an order: tasks that wait for others, plans of tasks, and tasks for workers
-- that are not hive's own.

-- own: the id of a task that stands for itself; 0: changes of its file fold into it
ALTER TABLE tasks ADD COLUMN own INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN plan INTEGER NOT NULL DEFAULT 0;        -- 0: of none
ALTER TABLE tasks ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;        -- of stage 2: kinds.id
-- How many of its prerequisites have not been met; one more while its plan is paused. A
-- task of state 3 that has any is blocked, not deferred.
ALTER TABLE tasks ADD COLUMN unmet INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;       -- longest way to a task that waits for none
ALTER TABLE tasks ADD COLUMN dependants INTEGER NOT NULL DEFAULT 0;  -- how many name it as a prerequisite

DROP INDEX tasks_open;
CREATE UNIQUE INDEX tasks_open ON tasks (worktree, path, stage, own) WHERE state IN (0, 2, 3);
-- stage: also 2, for workers that are not hive's own
DROP INDEX tasks_ready;
CREATE INDEX tasks_ready ON tasks (worktree, stage, kind, vdl, id) WHERE state = 0;
-- Blocked tasks may be many; those that wait for a change of the repository are few.
DROP INDEX tasks_deferred;
CREATE INDEX tasks_deferred ON tasks (worktree, path) WHERE state = 3 AND unmet = 0;
CREATE INDEX tasks_plan ON tasks (plan, state, vdl, id) WHERE plan > 0;

-- task waits for needs.
CREATE TABLE task_needs (
    task INTEGER NOT NULL,
    needs INTEGER NOT NULL,
    PRIMARY KEY (task, needs)
) WITHOUT ROWID, STRICT;

CREATE INDEX task_needs_reverse ON task_needs (needs, task);

-- What only some tasks have, apart, so that the rows of all others stay narrow.
CREATE TABLE task_orders (
    task INTEGER PRIMARY KEY,
    rules TEXT NOT NULL,                   -- only these, separated by blanks; empty: all
    payload TEXT,                          -- for a worker that is not hive's own
    result TEXT                            -- what it answered
) STRICT;

-- The kinds of tasks for workers that are not hive's own.
CREATE TABLE kinds (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- status: 0 draft, 1 approved, 2 executing, 3 paused, 4 completed, 5 failed, 6 cancelled
CREATE TABLE plans (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    worktree TEXT NOT NULL,
    name TEXT NOT NULL,
    about TEXT NOT NULL,                   -- for people
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 6),
    created INTEGER NOT NULL,
    since INTEGER NOT NULL,                -- since when it has this status
    worked INTEGER NOT NULL DEFAULT 0,     -- ms that it was executing, up to since
    total INTEGER NOT NULL DEFAULT 0,      -- steps
    done INTEGER NOT NULL DEFAULT 0,       -- those that ended well
    before INTEGER NOT NULL DEFAULT 0,     -- those of them that had when it was last started
    dead INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One plan of a name at a time.
CREATE UNIQUE INDEX plans_open ON plans (worktree, name) WHERE status < 4;
CREATE INDEX plans_name ON plans (worktree, name, id);

CREATE TABLE plan_steps (
    plan INTEGER NOT NULL,
    step INTEGER NOT NULL,                 -- counted from 0, in the order of the plan
    name TEXT NOT NULL,
    stage INTEGER NOT NULL,
    path TEXT NOT NULL,
    kind TEXT,
    payload TEXT,
    rules TEXT NOT NULL,
    priority INTEGER NOT NULL,
    task INTEGER,                          -- its task of the last start
    PRIMARY KEY (plan, step)
) WITHOUT ROWID, STRICT;

CREATE TABLE plan_needs (
    plan INTEGER NOT NULL,
    step INTEGER NOT NULL,
    needs INTEGER NOT NULL,
    PRIMARY KEY (plan, step, needs)
) WITHOUT ROWID, STRICT;

ALTER TABLE workers ADD COLUMN kind TEXT;   -- of one that is not hive's own
