-- What small rows are packed with; never changed once rows are.
CREATE TABLE dictionary (body BLOB NOT NULL);
-- Numbers that would take a while to count: spans, traces.
CREATE TABLE tally (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO tally VALUES ('spans', 0), ('traces', 0);
-- What is still to be done, and must not be forgotten when the process is: wiping after a deletion.
CREATE TABLE chore (name TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE trace (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  trace_id BLOB NOT NULL UNIQUE,
  sort_ns INTEGER NOT NULL,
  status TEXT NOT NULL,
  duration_ms REAL,
  cost REAL,
  tokens INTEGER,
  ttft_ms REAL,
  frame BLOB NOT NULL
);
-- All that filters compare, so that going through many traces does not read their rows.
CREATE INDEX trace_by_time ON trace (sort_ns, status, duration_ms, cost, tokens, ttft_ms);
-- Large traces whose row does not know its latest spans yet.
CREATE TABLE stale (trace INTEGER PRIMARY KEY);

-- Content and details, many in one frame.  An entry's number is its pack's, shifted, and its place in it.
CREATE TABLE pack (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
-- Spans of one trace that came together.  Their entries begin at `first`: `contents` that came with them, then a detail for each.
-- `summaries` is one entry for all of them.  `ids` are 8 bytes each, zeros where a later segment has replaced the span.
CREATE TABLE segment (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  trace INTEGER NOT NULL,
  first INTEGER NOT NULL,
  contents INTEGER NOT NULL,
  summaries INTEGER NOT NULL,
  shared INTEGER NOT NULL DEFAULT 0,
  ids BLOB NOT NULL
);
CREATE INDEX segment_by_trace ON segment (trace);
CREATE INDEX segment_by_entry ON segment (first);

-- The names of content, and the trace that brought it (0 when that was deleted and others need it).
CREATE TABLE content (name BLOB PRIMARY KEY, entry INTEGER NOT NULL, trace INTEGER NOT NULL) WITHOUT ROWID;
-- Who else needs it.
CREATE TABLE use (entry INTEGER NOT NULL, trace INTEGER NOT NULL, PRIMARY KEY (entry, trace)) WITHOUT ROWID;
CREATE INDEX use_by_trace ON use (trace);

CREATE TABLE unindexed (segment INTEGER PRIMARY KEY);
CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize="unicode61 remove_diacritics 2", detail='none');

CREATE TABLE field (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE value (field INTEGER NOT NULL, value TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (field, value)) WITHOUT ROWID;
CREATE TABLE term (
  value INTEGER NOT NULL,
  sort_ns INTEGER NOT NULL,
  trace INTEGER NOT NULL,
  PRIMARY KEY (value, sort_ns, trace)
) WITHOUT ROWID;

CREATE TABLE rollup (
  minute INTEGER NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  total INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  PRIMARY KEY (field, minute, value)
) WITHOUT ROWID;

CREATE TABLE callee (id INTEGER PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, operation TEXT NOT NULL, UNIQUE (provider, model, operation));
-- Calls that began within `width` seconds; the last two are sketches (see sketch.py).
CREATE TABLE calls (
  width INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  callee INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  priced INTEGER NOT NULL,
  cost REAL NOT NULL,
  input INTEGER,
  output INTEGER,
  cache_read INTEGER,
  cache_write INTEGER,
  reasoning INTEGER,
  latency BLOB NOT NULL,
  ttft BLOB NOT NULL,
  PRIMARY KEY (width, slot, callee)
) WITHOUT ROWID;
