-- What the import graph knows of a file's content, shared by all work trees.
CREATE TABLE fact (
    key BLOB PRIMARY KEY,       -- blake3, 32 bytes
    used INTEGER NOT NULL,      -- day of the last use, counted from the epoch
    size INTEGER NOT NULL,      -- bytes that the entry takes, roughly
    bytes BLOB NOT NULL         -- a format byte, then the facts
) STRICT;

-- Covers both the sum of sizes and the choice of the least recently used.
CREATE INDEX fact_used ON fact (used, size);
