-- What people need: whose a question is, how it ended, what it taught, and quick counts.

ALTER TABLE escalations ADD COLUMN owner TEXT;    -- by blame; NULL: not looked for, '': not known
-- how it ended: 0 applied, 1 suppressed, 2 resolved by hand, 3 its cause went, 4 dismissed
ALTER TABLE escalations ADD COLUMN ending INTEGER;
ALTER TABLE escalations ADD COLUMN taught INTEGER NOT NULL DEFAULT 0;  -- 1: nothing more to learn

CREATE INDEX escalations_unowned ON escalations (worktree, path)
    WHERE owner IS NULL AND state IN (0, 1);
CREATE INDEX escalations_untaught ON escalations (worktree, path) WHERE taught = 0 AND state = 2;
CREATE INDEX escalations_path ON escalations (worktree, path, state);

-- Resolved questions and what resolved them, of all work trees, for the next one like it.
CREATE TABLE precedents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    escalation INTEGER NOT NULL UNIQUE,
    path TEXT NOT NULL,
    rule TEXT NOT NULL,
    symbol TEXT NOT NULL,
    message TEXT NOT NULL,
    code TEXT NOT NULL,                  -- the lines around the place
    ending INTEGER NOT NULL,
    note TEXT,
    patch TEXT,
    at INTEGER NOT NULL
) STRICT;

-- What is looked for: words, and the shape of the code as words. The row's id is the
-- precedent's.
CREATE VIRTUAL TABLE precedent_words USING fts5 (
    rule, message, line, around, shape, tokenize = "unicode61 tokenchars '_'"
);

-- For `hive status`: few rows are ever deferred, and nobody counts all tasks for it.
CREATE INDEX tasks_deferred ON tasks (worktree, path) WHERE state = 3;
CREATE INDEX tasks_path ON tasks (worktree, path, id);
