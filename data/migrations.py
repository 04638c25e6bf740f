"""The migrations, in order. One that was released is never edited: a change is a new one at the end."""

from collections.abc import Iterable

from sqlite_utils import Database, Migrations

from data import chain
from models.address import address_of

MIGRATIONS = Migrations("credence")

# What is written once and then never changed.
APPEND_ONLY = (
    "source_versions",
    "scope_versions",
    "question_versions",
    "claims",
    "claim_carriers",
    "claim_citations",
    "corrections",
    "correction_carriers",
    "resolutions",
    "voids",
    "audit",
)
APPEND_ONLY_KEYS = ("keys", "key_sources", "key_ends")
APPEND_ONLY_WEBHOOKS = ("webhooks", "webhook_ends")
APPEND_ONLY_EVENTS = ("events", "event_topics")


@MIGRATIONS()
def create_ledger(db: Database) -> None:
    """Create the ledger: reference data and their versions, events, scores, keys and the audit trail."""
    db.executescript(_LEDGER)
    _refuse_changes(db, APPEND_ONLY)


@MIGRATIONS()
def settle_by_question(db: Database) -> None:
    """Keep what each question tells of its sources, so that one question can be settled by itself."""
    for statement in _SETTLED.split(";\n"):
        db.execute(statement)


@MIGRATIONS()
def keep_families(db: Database) -> None:
    """Keep the undeclared copying that a fit of a large ledger finds, for the questions settled after it."""
    for statement in _FAMILIES.split(";\n"):
        db.execute(statement)


@MIGRATIONS()
def chain_audit(db: Database) -> None:
    """Give keys ids, bounds and ends, and chain the entries of the audit trail to what they recorded.

    What was recorded before is chained as it is found: from here on, a change to it is seen.
    """
    for statement in _KEYS.split(";\n"):
        db.execute(statement)
    _refuse_changes(db, APPEND_ONLY_KEYS)
    db.execute("ALTER TABLE audit ADD COLUMN request_id TEXT")
    db.execute("ALTER TABLE audit ADD COLUMN digest TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE changes ADD COLUMN digest TEXT NOT NULL DEFAULT ''")
    db.execute("DROP TRIGGER audit_refuse_update")
    for link in chain.links(db):
        db.execute("UPDATE audit SET digest = ? WHERE seq = ?", [link.digest, link.entry["seq"]])
        db.execute("UPDATE changes SET digest = ?", [link.digest])
    _refuse(db, "audit", "UPDATE")


def _refuse_changes(db: Database, tables: Iterable[str]) -> None:
    for table in tables:
        for change in ("UPDATE", "DELETE"):
            _refuse(db, table, change)


def _refuse(db: Database, table: str, change: str) -> None:
    db.execute(
        f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


@MIGRATIONS()
def keep_replies(db: Database) -> None:
    """Keep what was answered to requests that carry a key against being done twice."""
    for statement in _REPLIES.split(";\n"):
        db.execute(statement)


@MIGRATIONS()
def time_fits(db: Database) -> None:
    """Keep how long the last fit of the whole ledger took, in seconds; null where no version measured it."""
    db.execute("ALTER TABLE fits ADD COLUMN seconds REAL")


@MIGRATIONS()
def keep_addresses(db: Database) -> None:
    """Keep under which address each claim and correction was read, however its URL was written."""
    for statement in _ADDRESSES.split(";\n"):
        db.execute(statement)
    for noun in ("claim", "correction"):
        found = db.execute(f"SELECT id, url FROM {noun}s WHERE url IS NOT NULL").fetchall()  # noqa: S608
        for id_, url in found:
            db.execute(f"INSERT INTO {noun}_addresses VALUES (?, ?)", [address_of(url), id_])  # noqa: S608


@MIGRATIONS()
def tell_events(db: Database) -> None:
    """Keep what was last told of each score, the events, and who wants to be told of them.

    What is stored at this moment counts as told: nothing that lies before is made an event.
    """
    for statement in _EVENTS.split(";\n"):
        db.execute(statement)
    _refuse_changes(db, (*APPEND_ONLY_EVENTS, *APPEND_ONLY_WEBHOOKS))


@MIGRATIONS()
def store_terms(db: Database) -> None:
    """Store the terms of the sources, and no score in words: those are made when they are read."""
    for statement in _TERMS.split(";\n"):
        db.execute(statement)


# The migrations that this version knows; a database that had others is newer.
KNOWN = {
    create_ledger.__name__,
    settle_by_question.__name__,
    keep_families.__name__,
    chain_audit.__name__,
    keep_replies.__name__,
    time_fits.__name__,
    keep_addresses.__name__,
    tell_events.__name__,
    store_terms.__name__,
}

# A question's `answers` are the credence of each, or the median of its quantity. `entry` is that of the audit
# trail which an event tells of, or up to which what it tells of is settled; of one entry there is but one
# event, so that a settlement that is done again after it was broken off tells nothing twice. Topics are what
# subscribers ask for. A mark is the state of a score that a subscriber was told of last. Attempts are counted
# for as long as the ledger lives, since deliveries are not kept for good.
_EVENTS = """
ALTER TABLE scores ADD COLUMN answers TEXT;
ALTER TABLE scores ADD COLUMN told_score REAL;
ALTER TABLE scores ADD COLUMN told_low REAL;
ALTER TABLE scores ADD COLUMN told_high REAL;
ALTER TABLE scores ADD COLUMN told_answers TEXT;
UPDATE scores SET told_score = score, told_low = low, told_high = high;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL CHECK (type IN ('correction.recorded', 'question.resolved', 'score.moved')),
    kind TEXT NOT NULL CHECK (kind IN ('source', 'claim', 'question')),
    subject TEXT NOT NULL,
    entry INTEGER NOT NULL REFERENCES audit(seq),
    recorded_at TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_entry ON events(type, entry) WHERE type <> 'score.moved';
CREATE INDEX events_type ON events(type, seq);
CREATE TABLE event_topics (
    kind TEXT NOT NULL CHECK (kind IN ('source', 'claim', 'question', 'article')),
    id TEXT NOT NULL,
    event INTEGER NOT NULL REFERENCES events(seq),
    PRIMARY KEY (kind, id, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    name TEXT,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('source', 'claim', 'question', 'article')),
    subject TEXT NOT NULL,
    topic TEXT NOT NULL,
    types TEXT NOT NULL,
    threshold REAL CHECK (threshold >= 0 AND threshold <= 1),
    moved_by REAL CHECK (moved_by > 0 AND moved_by <= 1),
    recorded_at TEXT NOT NULL,
    recorded_by TEXT
) STRICT;
CREATE INDEX webhooks_topic ON webhooks(kind, topic);
CREATE INDEX webhooks_recorded_by ON webhooks(recorded_by, recorded_at);
CREATE TABLE webhook_ends (
    webhook TEXT PRIMARY KEY REFERENCES webhooks(id),
    because TEXT NOT NULL CHECK (because IN ('asked', 'gone')),
    recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE webhook_marks (
    webhook TEXT NOT NULL REFERENCES webhooks(id),
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (webhook, kind, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook TEXT NOT NULL REFERENCES webhooks(id),
    event INTEGER NOT NULL REFERENCES events(seq),
    because TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    n_attempts INTEGER NOT NULL DEFAULT 0,
    next_at TEXT NOT NULL,
    attempted_at TEXT,
    status INTEGER,
    error TEXT,
    UNIQUE (webhook, event)
) STRICT;
CREATE INDEX deliveries_next_at ON deliveries(state, next_at);
CREATE TABLE attempts (
    outcome TEXT PRIMARY KEY CHECK (outcome IN ('delivered', 'failed', 'gone', 'refused')),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO attempts VALUES ('delivered', 0), ('failed', 0), ('gone', 0), ('refused', 0)
"""

# A key made before there were ids is named by the start of its hash. When a key was used is no part of
# what was recorded, and is the one thing here that changes.
_KEYS = """
CREATE TABLE keys_with_ids (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('read', 'correct', 'write', 'admin')),
    expires_at TEXT,
    recorded_at TEXT NOT NULL
) STRICT;
INSERT INTO keys_with_ids SELECT substr(hash, 1, 12), hash, name, scope, NULL, recorded_at FROM keys;
DROP TABLE keys;
ALTER TABLE keys_with_ids RENAME TO keys;
CREATE INDEX keys_name ON keys(name);
CREATE TABLE key_sources (
    key TEXT NOT NULL REFERENCES keys(id),
    position INTEGER NOT NULL,
    source TEXT NOT NULL REFERENCES sources(id),
    PRIMARY KEY (key, position)
) STRICT;
CREATE VIEW key_rows AS
SELECT *,
    (SELECT json_group_array(source) FROM (
        SELECT source FROM key_sources WHERE key = keys.id ORDER BY position)) AS sources
FROM keys;
CREATE TABLE key_ends (
    key TEXT NOT NULL REFERENCES keys(id),
    ends_at TEXT NOT NULL,
    successor TEXT REFERENCES keys(id),
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (key, recorded_at)
) STRICT;
CREATE TABLE key_uses (
    key TEXT PRIMARY KEY REFERENCES keys(id),
    used_at TEXT NOT NULL
) STRICT
"""

# Reckoned from the URLs that were recorded, so no part of what was.
_ADDRESSES = """
CREATE TABLE claim_addresses (
    address TEXT NOT NULL,
    claim TEXT NOT NULL REFERENCES claims(id),
    PRIMARY KEY (address, claim)
) STRICT, WITHOUT ROWID;
CREATE TABLE correction_addresses (
    address TEXT NOT NULL,
    correction TEXT NOT NULL REFERENCES corrections(id),
    PRIMARY KEY (address, correction)
) STRICT, WITHOUT ROWID
"""

# `request` is the SHA-256 of what was asked; `status`, `headers` and `body` are what was answered.
_REPLIES = """
CREATE TABLE replies (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT;
CREATE INDEX replies_recorded_at ON replies(recorded_at)
"""

# `generation` is that of the fit, as for the sums. `kept` is what a claim keeps of its weight; `kin` of those
# who say the same the one with most in common.
_FAMILIES = """
CREATE TABLE families (
    generation INTEGER NOT NULL,
    source TEXT NOT NULL REFERENCES sources(id),
    kin TEXT NOT NULL REFERENCES sources(id),
    n_shared INTEGER NOT NULL,
    n_errors INTEGER NOT NULL,
    PRIMARY KEY (generation, source, kin)
) STRICT, WITHOUT ROWID;
CREATE TABLE copied_claims (
    generation INTEGER NOT NULL,
    claim TEXT NOT NULL REFERENCES claims(id),
    source TEXT NOT NULL REFERENCES sources(id),
    kin TEXT NOT NULL REFERENCES sources(id),
    kept REAL NOT NULL CHECK (kept >= 0 AND kept <= 1),
    PRIMARY KEY (generation, claim)
) STRICT, WITHOUT ROWID
"""

# Of fits: `generation` numbers the sums that the last fit of the whole ledger left, 0 before the first;
# `audited` is the last entry of the audit that the scores reflect, `refitted` the last that such a fit
# saw. A score without a document is made when it is read. Sums are eight doubles; see models/elsewhere.py.
_SETTLED = """
ALTER TABLE fits ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fits ADD COLUMN audited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fits ADD COLUMN refitted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fits ADD COLUMN learned TEXT NOT NULL DEFAULT '{}';
CREATE TABLE settled_scores (
    kind TEXT NOT NULL CHECK (kind IN ('source', 'claim', 'question')),
    id TEXT NOT NULL,
    score REAL,
    low REAL,
    high REAL,
    document TEXT,
    PRIMARY KEY (kind, id)
) STRICT;
INSERT INTO settled_scores SELECT * FROM scores;
DROP TABLE scores;
ALTER TABLE settled_scores RENAME TO scores;
CREATE TABLE node_sums (
    generation INTEGER NOT NULL,
    node TEXT NOT NULL,
    counted_at TEXT,
    sums BLOB NOT NULL,
    PRIMARY KEY (generation, node)
) STRICT, WITHOUT ROWID;
CREATE TABLE question_sums (
    generation INTEGER NOT NULL,
    question TEXT NOT NULL,
    node TEXT NOT NULL,
    sums BLOB NOT NULL,
    reasons TEXT,
    PRIMARY KEY (generation, question, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX question_sums_reasons ON question_sums(generation, node) WHERE reasons IS NOT NULL;
CREATE INDEX claims_source_stated_at ON claims(source, stated_at, id);
DROP INDEX claims_source"""

# `entry` is the last of the audit trail that the fit has seen, `number` counts fits, `figured` is what was
# learned when what lists sort by was last made of everything. Of terms, `figured` and `figured_spread` are a
# source's log-odds and their deviation when that was last made of its claims; `claims` are the ids by which
# its reasons tell of its record. A stale question waits for what lists sort by to be made anew.
_TERMS = """
DROP TABLE node_sums;
DROP TABLE question_sums;
DROP TABLE copied_claims;
DROP TABLE families;
CREATE TABLE families (
    source TEXT NOT NULL REFERENCES sources(id),
    kin TEXT NOT NULL REFERENCES sources(id),
    n_shared INTEGER NOT NULL,
    n_errors INTEGER NOT NULL,
    PRIMARY KEY (source, kin)
) STRICT, WITHOUT ROWID;
CREATE TABLE copied_claims (
    claim TEXT PRIMARY KEY REFERENCES claims(id),
    source TEXT NOT NULL REFERENCES sources(id),
    kin TEXT NOT NULL REFERENCES sources(id),
    kept REAL NOT NULL CHECK (kept >= 0 AND kept <= 1)
) STRICT, WITHOUT ROWID;
CREATE TABLE terms (
    node TEXT PRIMARY KEY,
    track REAL NOT NULL,
    fault REAL NOT NULL,
    variance REAL NOT NULL,
    judged REAL NOT NULL,
    weighty REAL NOT NULL,
    contradicted REAL NOT NULL,
    fault_precision REAL NOT NULL,
    fault_information REAL NOT NULL,
    claims TEXT,
    figured REAL,
    figured_spread REAL
) STRICT, WITHOUT ROWID;
CREATE TABLE stale (
    question TEXT PRIMARY KEY REFERENCES questions(id)
) STRICT, WITHOUT ROWID;
CREATE TABLE figures (
    kind TEXT NOT NULL CHECK (kind IN ('source', 'claim', 'question')),
    id TEXT NOT NULL,
    score REAL,
    low REAL,
    high REAL,
    answers TEXT,
    told_score REAL,
    told_low REAL,
    told_high REAL,
    told_answers TEXT,
    PRIMARY KEY (kind, id)
) STRICT;
INSERT INTO figures
    SELECT kind, id, score, low, high, answers, told_score, told_low, told_high, told_answers FROM scores;
DROP TABLE scores;
ALTER TABLE figures RENAME TO scores;
CREATE TABLE fitted (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,
    version TEXT NOT NULL,
    inputs TEXT NOT NULL,
    entry INTEGER NOT NULL,
    converged_at TEXT NOT NULL,
    seconds REAL NOT NULL,
    learned TEXT NOT NULL,
    figured TEXT NOT NULL,
    summary TEXT NOT NULL
) STRICT;
INSERT INTO fitted
    SELECT id, 0, version, inputs, audited, converged_at, coalesce(seconds, 0), '{}', '{}', summary FROM fits;
DROP TABLE fits;
ALTER TABLE fitted RENAME TO fits"""

_LEDGER = """
CREATE TABLE changes (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,
    stamped INTEGER NOT NULL,
    recorded_at TEXT NOT NULL
) STRICT;
INSERT INTO changes VALUES (1, 0, 0, '');

CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    kind TEXT NOT NULL,
    member_of TEXT REFERENCES sources(id),
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX sources_kind ON sources(kind);
CREATE INDEX sources_member_of ON sources(member_of);
CREATE TABLE source_versions (
    id TEXT NOT NULL REFERENCES sources(id),
    version INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;

CREATE TABLE scopes (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE TABLE scope_versions (
    id TEXT NOT NULL REFERENCES scopes(id),
    version INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;

CREATE TABLE questions (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    scope TEXT NOT NULL,
    text TEXT NOT NULL,
    search TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX questions_scope ON questions(scope);
CREATE TABLE question_versions (
    id TEXT NOT NULL REFERENCES questions(id),
    version INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;

CREATE TABLE claims (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL REFERENCES sources(id),
    question TEXT NOT NULL REFERENCES questions(id),
    answer TEXT NOT NULL,
    scope TEXT NOT NULL,
    stated_at TEXT NOT NULL,
    stated_precision TEXT NOT NULL CHECK (stated_precision IN ('instant', 'day')),
    certainty REAL NOT NULL CHECK (certainty > 0 AND certainty <= 1),
    certainty_word TEXT,
    vantage TEXT,
    vantage_because TEXT,
    url TEXT,
    text TEXT,
    read_in TEXT,
    recorded_at TEXT NOT NULL,
    recorded_by TEXT
) STRICT;
CREATE INDEX claims_source ON claims(source);
CREATE INDEX claims_question ON claims(question);
CREATE INDEX claims_stated_at ON claims(stated_at, id);
CREATE INDEX claims_url ON claims(url);
CREATE TABLE claim_carriers (
    claim TEXT NOT NULL REFERENCES claims(id),
    position INTEGER NOT NULL,
    source TEXT NOT NULL REFERENCES sources(id),
    PRIMARY KEY (claim, position)
) STRICT;
CREATE TABLE claim_citations (
    claim TEXT NOT NULL REFERENCES claims(id),
    position INTEGER NOT NULL,
    source TEXT NOT NULL REFERENCES sources(id),
    PRIMARY KEY (claim, position)
) STRICT;
CREATE TABLE voids (
    claim TEXT PRIMARY KEY REFERENCES claims(id),
    because TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    recorded_by TEXT
) STRICT;
CREATE VIEW claim_rows AS
SELECT *,
    (SELECT json_group_array(source) FROM (
        SELECT source FROM claim_carriers WHERE claim = claims.id ORDER BY position)) AS via,
    (SELECT json_group_array(source) FROM (
        SELECT source FROM claim_citations WHERE claim = claims.id ORDER BY position)) AS cites
FROM claims;

CREATE TABLE corrections (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    claim TEXT NOT NULL REFERENCES claims(id),
    kind TEXT NOT NULL CHECK (kind IN ('narrow', 'amend', 'retract', 'deny', 'reaffirm')),
    "by" TEXT NOT NULL REFERENCES sources(id),
    stated_at TEXT NOT NULL,
    stated_precision TEXT NOT NULL CHECK (stated_precision IN ('instant', 'day')),
    scope TEXT,
    answer TEXT,
    url TEXT,
    text TEXT,
    read_in TEXT,
    recorded_at TEXT NOT NULL,
    recorded_by TEXT
) STRICT;
CREATE INDEX corrections_claim ON corrections(claim);
CREATE INDEX corrections_by ON corrections("by");
CREATE INDEX corrections_stated_at ON corrections(stated_at, id);
CREATE TABLE correction_carriers (
    correction TEXT NOT NULL REFERENCES corrections(id),
    position INTEGER NOT NULL,
    source TEXT NOT NULL REFERENCES sources(id),
    PRIMARY KEY (correction, position)
) STRICT;
CREATE VIEW correction_rows AS
SELECT *,
    (SELECT json_group_array(source) FROM (
        SELECT source FROM correction_carriers WHERE correction = corrections.id ORDER BY position)) AS via
FROM corrections;

CREATE TABLE resolutions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    question TEXT NOT NULL REFERENCES questions(id),
    answer TEXT NOT NULL,
    resolved_at TEXT NOT NULL,
    "by" TEXT NOT NULL REFERENCES sources(id),
    text TEXT,
    url TEXT,
    recorded_at TEXT NOT NULL,
    recorded_by TEXT
) STRICT;
CREATE INDEX resolutions_question ON resolutions(question);

CREATE TABLE scores (
    kind TEXT NOT NULL CHECK (kind IN ('source', 'claim', 'question')),
    id TEXT NOT NULL,
    score REAL,
    low REAL,
    high REAL,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;
CREATE TABLE fits (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version TEXT NOT NULL,
    inputs TEXT NOT NULL,
    converged_at TEXT NOT NULL,
    summary TEXT NOT NULL
) STRICT;

CREATE TABLE keys (
    hash TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
    recorded_at TEXT NOT NULL
) STRICT;
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    recorded_at TEXT NOT NULL,
    key_name TEXT,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit(subject_kind, subject_id);
"""
