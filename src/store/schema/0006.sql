-- Files that somebody works on and hive leaves alone until a time.
CREATE TABLE leases (
    worktree TEXT NOT NULL,
    path TEXT NOT NULL,                  -- a file, or a directory and all below it
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,              -- milliseconds since the epoch
    PRIMARY KEY (worktree, path)
) STRICT, WITHOUT ROWID;
