-- At most one runs per file and kind: a worker that is not hive's own works on a subject,
-- which may be called as a file is, and hive's own work on that file does not wait for it.
-- hive's own stages are all of kind 0, and still never run at once on one file.
DROP INDEX tasks_running;
CREATE UNIQUE INDEX tasks_running ON tasks (worktree, path, kind) WHERE state = 1;
