-- Branches whose tip is to be judged as a whole, by the rules that look at all of it.
CREATE TABLE inspections (
    worktree TEXT NOT NULL,
    reference TEXT NOT NULL,            -- refs/heads/…, or HEAD when detached
    tip BLOB NOT NULL,                  -- where the branch was when it was asked for last
    source BLOB,                        -- the person's last commit; NULL: only to see what is gone
    bases BLOB NOT NULL,                -- the commits whose violations are not new
    attempts INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (worktree, reference)
) STRICT, WITHOUT ROWID;

-- The questions that come of it belong to no task.
CREATE INDEX escalations_whole ON escalations (worktree)
    WHERE task IS NULL AND stage = 1 AND state IN (0, 1);
