-- Numbers that are kept as things move, so that nobody goes through all rows for them.

-- Which number a task counts in: its state, but 0 is ready or running (a claim changes nothing
-- here: those that run are few, and counted), 8 blocked (3 with prerequisites), 9 dead and
-- taken up again (5 with a successor), 10 put off until a time (2 with a reason).
ALTER TABLE tasks ADD COLUMN cell INTEGER GENERATED ALWAYS AS (
    CASE WHEN state < 2 THEN 0
         WHEN state = 3 AND unmet > 0 THEN 8
         WHEN state = 5 AND successor IS NOT NULL THEN 9
         WHEN state = 2 AND reason IS NOT NULL THEN 10
         ELSE state END) VIRTUAL;

CREATE TABLE task_counts (
    worktree TEXT NOT NULL,
    stage INTEGER NOT NULL,
    cell INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (worktree, stage, cell, priority)
) WITHOUT ROWID, STRICT;

INSERT INTO task_counts (worktree, stage, cell, priority, count)
    SELECT worktree, stage, cell, priority, count(*)
    FROM tasks GROUP BY worktree, stage, cell, priority;

-- No upserts: what fires a trigger may carry a conflict policy, which would be theirs.
CREATE TRIGGER tasks_counted_in AFTER INSERT ON tasks BEGIN
    INSERT OR IGNORE INTO task_counts (worktree, stage, cell, priority, count)
        VALUES (new.worktree, new.stage, new.cell, new.priority, 0);
    UPDATE task_counts SET count = count + 1
        WHERE worktree = new.worktree AND stage = new.stage AND cell = new.cell
          AND priority = new.priority;
END;

CREATE TRIGGER tasks_counted_out AFTER DELETE ON tasks BEGIN
    UPDATE task_counts SET count = count - 1
        WHERE worktree = old.worktree AND stage = old.stage AND cell = old.cell
          AND priority = old.priority;
END;

CREATE TRIGGER tasks_counted_over
AFTER UPDATE OF state, unmet, successor, reason, priority ON tasks
WHEN old.cell <> new.cell OR old.priority <> new.priority
BEGIN
    UPDATE task_counts SET count = count - 1
        WHERE worktree = old.worktree AND stage = old.stage AND cell = old.cell
          AND priority = old.priority;
    INSERT OR IGNORE INTO task_counts (worktree, stage, cell, priority, count)
        VALUES (new.worktree, new.stage, new.cell, new.priority, 0);
    UPDATE task_counts SET count = count + 1
        WHERE worktree = new.worktree AND stage = new.stage AND cell = new.cell
          AND priority = new.priority;
END;

-- Scheduled tasks by stage: those of other workers may be many, and are not the agent's.
DROP INDEX tasks_scheduled;
CREATE INDEX tasks_scheduled ON tasks (worktree, stage, run_at) WHERE state = 2;
-- What cannot be done for a while, apart from what only waits for its time.
CREATE INDEX tasks_put_off ON tasks (worktree, path) WHERE state = 2 AND reason IS NOT NULL;

-- A plan has not ended as long as what its steps made waits to land.
ALTER TABLE plans ADD COLUMN landing INTEGER NOT NULL DEFAULT 0;   -- fixes that wait

UPDATE plans SET landing = (
    SELECT count(*) FROM fixes JOIN tasks ON tasks.id = fixes.task
    WHERE fixes.state IN (0, 1, 2) AND tasks.plan = plans.id AND tasks.plan > 0);

CREATE TRIGGER fixes_of_plans_in AFTER INSERT ON fixes WHEN new.state IN (0, 1, 2) BEGIN
    UPDATE plans SET landing = landing + 1
        WHERE id = (SELECT plan FROM tasks WHERE id = new.task AND plan > 0);
END;

CREATE TRIGGER fixes_of_plans_over AFTER UPDATE OF state ON fixes
WHEN (old.state IN (0, 1, 2)) <> (new.state IN (0, 1, 2)) BEGIN
    UPDATE plans SET landing = landing + iif(new.state IN (0, 1, 2), 1, -1)
        WHERE id = (SELECT plan FROM tasks WHERE id = new.task AND plan > 0);
END;

-- Whose step a task is.
CREATE INDEX plan_steps_task ON plan_steps (task) WHERE task IS NOT NULL;
-- The plans that are under way: few.
CREATE INDEX plans_executing ON plans (worktree) WHERE status IN (2, 3);
