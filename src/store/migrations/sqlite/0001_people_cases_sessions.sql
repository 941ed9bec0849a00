-- Times are milliseconds since 1970-01-01T00:00:00Z. Ids are UUIDs in text form. Digests are SHA-256.

CREATE TABLE units (
    id               TEXT NOT NULL PRIMARY KEY,
    name             TEXT NOT NULL,
    short_name       TEXT NOT NULL,
    parent_id        TEXT REFERENCES units (id),
    review_authority TEXT NOT NULL,
    bank             TEXT NOT NULL
) STRICT;

CREATE TABLE accounts (
    id            TEXT    NOT NULL PRIMARY KEY,
    login         TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    unit_id       TEXT    NOT NULL REFERENCES units (id),
    badge_no      TEXT    NOT NULL,
    qualified     INTEGER NOT NULL CHECK (qualified IN (0, 1)),
    police_type   TEXT    NOT NULL,
    disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

-- Either an account's, or a party's in one session.
CREATE TABLE tokens (
    digest      BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    account_id  TEXT    REFERENCES accounts (id),
    sid         TEXT,
    participant TEXT,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    CHECK ((account_id IS NULL) = (sid IS NOT NULL AND participant IS NOT NULL))
) STRICT;
CREATE INDEX tokens_account ON tokens (account_id);
CREATE INDEX tokens_end ON tokens (expires_at);

CREATE TABLE invitations (
    digest      BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    sid         TEXT    NOT NULL,
    participant TEXT    NOT NULL,
    created_by  TEXT    NOT NULL REFERENCES accounts (id),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER
) STRICT;

CREATE TABLE cases (
    id          TEXT    NOT NULL PRIMARY KEY,
    procedure   TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    officer_id  TEXT    NOT NULL REFERENCES accounts (id),
    facts       TEXT    NOT NULL CHECK (json_valid(facts)),
    search_text TEXT    NOT NULL,
    sid         TEXT,
    doc_no      TEXT,
    created_at  INTEGER NOT NULL,
    decided_at  INTEGER,
    deadlines   TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(deadlines))
) STRICT;
CREATE INDEX cases_newest ON cases (created_at DESC, id DESC);
CREATE INDEX cases_officer ON cases (officer_id, created_at DESC);

-- The index of recordings: can be rebuilt from the evidence folders, so it refers to no other table.
CREATE TABLE sessions (
    sid          TEXT    NOT NULL PRIMARY KEY,
    session_no   INTEGER NOT NULL UNIQUE,
    case_id      TEXT,
    procedure    TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    officer_id   TEXT    NOT NULL,
    officer      TEXT    NOT NULL CHECK (json_valid(officer)),
    seat_id      TEXT,
    seat         TEXT    CHECK (json_valid(seat)),
    opened_at    INTEGER NOT NULL,
    ended_at     INTEGER,
    gaps         INTEGER NOT NULL,
    gap_ms       INTEGER NOT NULL,
    returned     INTEGER NOT NULL CHECK (returned IN (0, 1)),
    plate        TEXT,
    doc_no       TEXT,
    penalty_text TEXT,
    doc_sha256   TEXT,
    search_text  TEXT    NOT NULL,
    verdict      TEXT    CHECK (json_valid(verdict))
) STRICT;
CREATE INDEX sessions_officer ON sessions (officer_id, opened_at);
CREATE INDEX sessions_seat ON sessions (seat_id, opened_at);

CREATE TABLE audit (
    sid     TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    time    INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    person  TEXT    CHECK (json_valid(person)),
    kind    TEXT    NOT NULL,
    purpose TEXT    NOT NULL,
    PRIMARY KEY (sid, seq)
) STRICT;
CREATE INDEX audit_newest ON audit (time DESC, sid DESC, seq DESC);
