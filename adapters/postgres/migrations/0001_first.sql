-- Moments are microseconds since the Unix epoch: to_timestamp(at / 1e6) shows one.
--
-- What comes from outside and may be any text (the subject of an event, a user's id in a token or an event) is kept
-- as the bytes of its UTF-8, since a text of PostgreSQL cannot hold U+0000: convert_from(subject, 'UTF8') shows it.

-- The one table that other programs know. Where it is there already it stays as it is.
CREATE TABLE IF NOT EXISTS "user" (
    id         UUID         NOT NULL PRIMARY KEY,
    username   VARCHAR(80)  NOT NULL UNIQUE,
    password   VARCHAR(200) NOT NULL,
    first_name VARCHAR(100) NOT NULL,
    last_name  VARCHAR(100) NOT NULL,
    dni        VARCHAR(20)  NOT NULL UNIQUE,
    email      VARCHAR(120) NOT NULL UNIQUE,
    city       VARCHAR(100) NOT NULL
);

-- Drawn for every change of a session or a revocation, so that no revision ever comes back, not even for a user
-- whose rows were all deleted.
CREATE SEQUENCE hexad_session_revision;

-- Data are kept as the text that they were written in: jsonb would put their members into another order.
CREATE TABLE hexad_session (
    user_key     BYTEA  NOT NULL PRIMARY KEY,
    id           TEXT   NOT NULL UNIQUE,
    data         JSON   NOT NULL,
    created_at   BIGINT,
    updated_at   BIGINT,
    connected_at BIGINT,
    revision     BIGINT NOT NULL
);

-- Tokens issued at or before `through` reach no session, whether or not there is one.
CREATE TABLE hexad_revocation (
    user_key BYTEA  NOT NULL PRIMARY KEY,
    through  BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX hexad_revocation_through ON hexad_revocation (through);

-- Which events have changed whose session already.
CREATE TABLE hexad_applied (
    user_key   BYTEA  NOT NULL,
    event_id   UUID   NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (user_key, event_id)
);
CREATE INDEX hexad_applied_age ON hexad_applied (applied_at);

-- The events. A number is drawn under a lock on the event's area and subject that is held to the end of the
-- transaction: for each subject the numbers rise in the order of the commits. None is given twice.
CREATE SEQUENCE hexad_event_seq;
CREATE TABLE hexad_event (
    id      UUID     NOT NULL PRIMARY KEY,
    seq     BIGINT   NOT NULL,
    area    TEXT     NOT NULL,
    part    SMALLINT NOT NULL,
    subject BYTEA    NOT NULL,
    at      BIGINT   NOT NULL,
    body    TEXT     NOT NULL,
    sent_at BIGINT
);
CREATE INDEX hexad_event_unsent ON hexad_event (area, part, seq) WHERE sent_at IS NULL;
CREATE INDEX hexad_event_sent ON hexad_event (sent_at) WHERE sent_at IS NOT NULL;

-- The relays' leases. A subject's events are all in one part of its area, and a part is one relay's at a time.
-- `until` is by the server's clock, which all relays share.
CREATE SEQUENCE hexad_relay_fence;
CREATE TABLE hexad_relay (
    area  TEXT     NOT NULL,
    part  SMALLINT NOT NULL,
    fence BIGINT   NOT NULL DEFAULT 0,
    until BIGINT   NOT NULL DEFAULT 0,
    PRIMARY KEY (area, part)
) WITH (fillfactor = 50);
INSERT INTO hexad_relay (area, part)
SELECT area, part FROM unnest(ARRAY['auth', 'user', 'session']) AS area, generate_series(0, 15) AS part;

-- Events that no relay could read, kept aside for an operator.
CREATE TABLE hexad_dead_event (
    id      UUID   NOT NULL PRIMARY KEY,
    seq     BIGINT NOT NULL,
    area    TEXT   NOT NULL,
    subject BYTEA  NOT NULL,
    body    TEXT   NOT NULL,
    why     TEXT   NOT NULL,
    at      BIGINT NOT NULL
);
