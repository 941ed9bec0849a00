-- Texts that lists are ordered by have the collation "C", so that a cursor means the same everywhere.
-- Times are milliseconds since 1970-01-01T00:00:00Z. Digests are SHA-256.

CREATE TABLE units (
    id               uuid PRIMARY KEY,
    name             text COLLATE "C" NOT NULL,
    short_name       text NOT NULL,
    parent_id        uuid REFERENCES units (id),
    review_authority text NOT NULL,
    bank             text NOT NULL
);

CREATE TABLE accounts (
    id            uuid    PRIMARY KEY,
    login         text    COLLATE "C" NOT NULL UNIQUE,
    name          text    NOT NULL,
    role          text    NOT NULL,
    unit_id       uuid    NOT NULL REFERENCES units (id),
    badge_no      text    NOT NULL,
    qualified     boolean NOT NULL,
    police_type   text    NOT NULL,
    disabled      boolean NOT NULL DEFAULT false,
    password_hash text    NOT NULL,
    created_at    bigint  NOT NULL
);

-- Either an account's, or a party's in one session.
CREATE TABLE tokens (
    digest      bytea  PRIMARY KEY CHECK (length(digest) = 32),
    account_id  uuid   REFERENCES accounts (id),
    sid         text,
    participant text,
    created_at  bigint NOT NULL,
    expires_at  bigint NOT NULL,
    CHECK ((account_id IS NULL) = (sid IS NOT NULL AND participant IS NOT NULL))
);
CREATE INDEX tokens_account ON tokens (account_id);
CREATE INDEX tokens_end ON tokens (expires_at);

CREATE TABLE invitations (
    digest      bytea  PRIMARY KEY CHECK (length(digest) = 32),
    sid         text   NOT NULL,
    participant text   NOT NULL,
    created_by  uuid   NOT NULL REFERENCES accounts (id),
    created_at  bigint NOT NULL,
    expires_at  bigint NOT NULL,
    used_at     bigint
);

CREATE TABLE cases (
    id          uuid   PRIMARY KEY,
    procedure   text   NOT NULL,
    state       text   NOT NULL,
    officer_id  uuid   NOT NULL REFERENCES accounts (id),
    facts       jsonb  NOT NULL,
    search_text text   NOT NULL,
    sid         text,
    doc_no      text,
    created_at  bigint NOT NULL,
    decided_at  bigint,
    deadlines   jsonb  NOT NULL DEFAULT '[]'
);
CREATE INDEX cases_newest ON cases (created_at DESC, id DESC);
CREATE INDEX cases_officer ON cases (officer_id, created_at DESC);

-- The index of recordings: can be rebuilt from the evidence folders, so it refers to no other table.
CREATE TABLE sessions (
    sid          text    PRIMARY KEY,
    session_no   bigint  NOT NULL UNIQUE,
    case_id      uuid,
    procedure    text    NOT NULL,
    state        text    NOT NULL,
    officer_id   text    NOT NULL,
    officer      jsonb   NOT NULL,
    seat_id      text,
    seat         jsonb,
    opened_at    bigint  NOT NULL,
    ended_at     bigint,
    gaps         bigint  NOT NULL,
    gap_ms       bigint  NOT NULL,
    returned     boolean NOT NULL,
    plate        text,
    doc_no       text,
    penalty_text text,
    doc_sha256   text,
    search_text  text    NOT NULL,
    verdict      jsonb
);
CREATE INDEX sessions_officer ON sessions (officer_id, opened_at);
CREATE INDEX sessions_seat ON sessions (seat_id, opened_at);

CREATE TABLE audit (
    sid     text   COLLATE "C" NOT NULL,
    seq     bigint NOT NULL,
    time    bigint NOT NULL,
    actor   text   NOT NULL,
    person  jsonb,
    kind    text   NOT NULL,
    purpose text   NOT NULL,
    PRIMARY KEY (sid, seq)
);
CREATE INDEX audit_newest ON audit (time DESC, sid DESC, seq DESC);
