-- What is known by content: results of fixing, shared by all work trees.
CREATE TABLE memo (
    key BLOB PRIMARY KEY,       -- blake3, 32 bytes
    verified INTEGER NOT NULL,  -- 1: may be written to a file
    used INTEGER NOT NULL,      -- day of the last use, counted from the epoch
    size INTEGER NOT NULL,      -- bytes that the entry takes, roughly
    value INTEGER               -- memo_value.id; NULL: clean and unchanged
) WITHOUT ROWID, STRICT;

-- Covers both the sum of sizes and the choice of the least recently used.
CREATE INDEX memo_used ON memo (used, size);

-- Apart from the keys, so that a look-up walks a tree of small rows.
CREATE TABLE memo_value (
    id INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL         -- a format byte, then the compressed value
) STRICT;
