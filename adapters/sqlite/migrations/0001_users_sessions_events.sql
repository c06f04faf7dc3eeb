-- Texts compare byte by byte (BINARY, SQLite's default): exactly, and with case.
-- Moments are microseconds since the Unix epoch.

CREATE TABLE "user" (
    id          TEXT    NOT NULL PRIMARY KEY,
    username    TEXT    NOT NULL UNIQUE,
    password    TEXT    NOT NULL,
    first_name  TEXT    NOT NULL,
    last_name   TEXT    NOT NULL,
    dni         TEXT    NOT NULL UNIQUE,
    email       TEXT    NOT NULL UNIQUE,
    city        TEXT    NOT NULL,
    revision    INTEGER NOT NULL DEFAULT 1
);

-- Counts every change of a session or a revocation, so that no revision ever comes back, not even for a user whose
-- rows were all deleted.
CREATE TABLE session_revision (
    only   INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    latest INTEGER NOT NULL
);
INSERT INTO session_revision (only, latest) VALUES (1, 0);

CREATE TABLE session (
    user_id      TEXT    NOT NULL PRIMARY KEY,
    id           TEXT    NOT NULL UNIQUE,
    data         TEXT    NOT NULL,
    created_at   INTEGER,
    updated_at   INTEGER,
    connected_at INTEGER,
    revision     INTEGER NOT NULL
);

-- Tokens issued at or before `through` reach no session, whether or not there is one.
CREATE TABLE revocation (
    user_id  TEXT    NOT NULL PRIMARY KEY,
    through  INTEGER NOT NULL,
    revision INTEGER NOT NULL
);
CREATE INDEX revocation_through ON revocation (through);

-- Which events have changed whose session already.
CREATE TABLE applied_event (
    user_id    TEXT    NOT NULL,
    event_id   BLOB    NOT NULL,
    applied_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, event_id)
) WITHOUT ROWID;
CREATE INDEX applied_event_age ON applied_event (applied_at);

-- AUTOINCREMENT: a number is never given twice, not even after the newest event is deleted. As SQLite has one writer
-- at a time, the numbers rise in the order of the commits.
CREATE TABLE event (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    id      BLOB    NOT NULL UNIQUE,
    area    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    sent_at INTEGER
);
CREATE INDEX event_unsent ON event (area, seq) WHERE sent_at IS NULL;

-- One row for each area that a relay has ever worked on.
CREATE TABLE relay (
    area  TEXT    NOT NULL PRIMARY KEY,
    fence INTEGER NOT NULL,
    until INTEGER NOT NULL
);

-- How far each consumer has come: all of its areas' events up to `cursor` are settled.
CREATE TABLE consumer (
    name   TEXT    NOT NULL PRIMARY KEY,
    cursor INTEGER NOT NULL
);
CREATE TABLE consumer_area (
    consumer TEXT NOT NULL REFERENCES consumer (name) ON DELETE CASCADE,
    area     TEXT NOT NULL,
    PRIMARY KEY (consumer, area)
) WITHOUT ROWID;

-- Events that somebody could never apply or send, kept aside for an operator.
CREATE TABLE dead_event (
    reader   TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    event_id BLOB    NOT NULL,
    area     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    why      TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (reader, seq)
) WITHOUT ROWID;
