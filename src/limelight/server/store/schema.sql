-- What `summary`, `detail` and `body` are packed with; never changed once rows are.
CREATE TABLE dictionary (body BLOB NOT NULL);

CREATE TABLE trace (
  id INTEGER PRIMARY KEY,
  trace_id TEXT NOT NULL UNIQUE,
  sort_ns INTEGER NOT NULL,
  status TEXT NOT NULL,
  duration_ms REAL,
  cost REAL,
  tokens INTEGER,
  ttft_ms REAL,
  row BLOB NOT NULL
);
CREATE INDEX trace_by_time ON trace (sort_ns);

CREATE TABLE span (
  id INTEGER PRIMARY KEY,
  trace INTEGER NOT NULL,
  span_id TEXT NOT NULL,
  started_ns INTEGER NOT NULL,
  summary BLOB NOT NULL,
  detail BLOB NOT NULL,
  UNIQUE (trace, span_id)
);

CREATE TABLE blob (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  body BLOB NOT NULL
);
CREATE TABLE use (trace INTEGER NOT NULL, blob INTEGER NOT NULL, PRIMARY KEY (blob, trace)) WITHOUT ROWID;
CREATE INDEX use_by_trace ON use (trace);
CREATE TABLE unindexed (blob INTEGER PRIMARY KEY);
CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize="unicode61 remove_diacritics 2", detail='full');

CREATE TABLE field (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE term (
  field INTEGER NOT NULL,
  value TEXT NOT NULL,
  sort_ns INTEGER NOT NULL,
  trace INTEGER NOT NULL,
  PRIMARY KEY (field, value, sort_ns, trace)
) WITHOUT ROWID;
CREATE INDEX term_by_trace ON term (trace);

CREATE TABLE rollup (
  minute INTEGER NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  total INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  PRIMARY KEY (field, minute, value)
) WITHOUT ROWID;
