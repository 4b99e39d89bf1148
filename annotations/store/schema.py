"""The tables, as numbered migrations in plain SQL. A migration is never edited once shipped.

Internal keys are integers; ``uid`` is what the world outside knows, unique in its project. Every
object that people change carries ``created_seq`` and ``seq``: the first and the last change that
touched it. A deleted object keeps its row, with ``deleted`` = 1, so that undo is one update.
"""

from collections.abc import Callable
from typing import Any

from sqlite_utils import Database

from annotations.errors import BadDatabase

FIRST = """
create table people (
    id integer primary key,
    uid text not null unique,
    name text not null,
    created text not null
) strict;

create table projects (
    id integer primary key,
    uid text not null unique,
    name text not null unique,
    description text not null default '',
    created text not null,
    created_seq integer not null,
    seq integer not null,
    deleted integer not null default 0,
    extra text not null default '{}'
) strict;

create table memberships (
    project_id integer not null references projects,
    person_id integer not null references people,
    role text not null check (role in ('annotator', 'curator', 'manager')),
    primary key (project_id, person_id)
) strict, without rowid;

-- A codebook version is immutable; the newest one counts. body: JSON, see annotations/codebook.py
create table codebooks (
    project_id integer not null references projects,
    version integer not null,
    body text not null,
    seq integer not null,
    primary key (project_id, version)
) strict, without rowid;

-- Labels and relation kinds by id for ever; their names and looks stand in the codebook.
create table labels (
    id integer primary key,
    project_id integer not null references projects,
    uid text not null,
    unique (project_id, uid)
) strict;

create table relation_kinds (
    id integer primary key,
    project_id integer not null references projects,
    uid text not null,
    unique (project_id, uid)
) strict;

create table documents (
    id integer primary key,
    project_id integer not null references projects,
    uid text not null,
    title text not null,
    revision integer not null,
    language text not null default '',
    direction text not null default '',
    source text not null default '',
    date text not null default '',
    meta text not null default '{}',
    labels text not null default '[]',
    characters integer not null,
    created_seq integer not null,
    seq integer not null,
    deleted integer not null default 0,
    extra text not null default '{}',
    unique (project_id, uid)
) strict;

-- Immutable. characters: code points; SQL's length() stops at NUL and is not our unit.
create table texts (
    document_id integer not null references documents,
    revision integer not null,
    sha256 text not null,
    text text not null,
    layout text not null,
    created text not null,
    primary key (document_id, revision)
) strict;

create table layers (
    id integer primary key,
    project_id integer not null references projects,
    uid text not null,
    kind text not null check (kind in ('work', 'key', 'suggestion', 'model', 'adjudicated')),
    person_id integer references people,
    model text not null default '',
    name text not null default '',
    exercise text,
    frozen integer not null default 0,
    created_seq integer not null,
    seq integer not null,
    deleted integer not null default 0,
    extra text not null default '{}',
    unique (project_id, uid)
) strict;

create table document_states (
    id integer primary key,
    project_id integer not null references projects,
    document_id integer not null references documents,
    layer_id integer not null references layers,
    state text not null check (state in ('new', 'in progress', 'done', 'skipped', 'flagged')),
    note text not null default '',
    created_seq integer not null,
    seq integer not null,
    deleted integer not null default 0,
    unique (document_id, layer_id)
) strict;

create table entities (
    id integer primary key,
    project_id integer not null references projects,
    uid text not null,
    name text not null,
    aliases text not null default '[]',
    merged_into integer references entities,
    created_seq integer not null,
    seq integer not null,
    deleted integer not null default 0,
    extra text not null default '{}',
    unique (project_id, uid)
) strict;
create unique index entity_names on entities (project_id, name) where deleted = 0;

create table concepts (
    id integer primary key,
    project_id integer not null references projects,
    uid text not null,
    name text not null,
    aliases text not null default '[]',
    parent_id integer references concepts,
    merged_into integer references concepts,
    created_seq integer not null,
    seq integer not null,
    deleted integer not null default 0,
    extra text not null default '{}',
    unique (project_id, uid)
) strict;
create unique index concept_names on concepts (project_id, name) where deleted = 0;

-- start_at, end_at: the hull in code points; fragments: JSON [[start, end], …] only for two or
-- more.
create table annotations (
    id integer primary key,
    project_id integer not null references projects,
    uid text not null,
    document_id integer not null references documents,
    layer_id integer not null references layers,
    revision integer not null,
    label_id integer not null references labels,
    start_at integer not null,
    end_at integer not null,
    fragments text,
    attributes text not null default '{}',
    entity_id integer references entities,
    concept_id integer references concepts,
    note text not null default '',
    unsure integer not null default 0,
    origin text not null default 'hand',
    origin_source text not null default '',
    origin_score real,
    codebook_version integer,
    created text,
    updated text,
    created_seq integer not null,
    seq integer not null,
    deleted integer not null default 0,
    extra text not null default '{}',
    unique (project_id, uid),
    check (start_at >= 0 and end_at > start_at)
) strict;
create index annotation_places on annotations (document_id, deleted, layer_id, start_at, end_at);
create index annotation_births on annotations (created_seq);
create index annotation_entities on annotations (entity_id) where entity_id is not null;
create index annotation_concepts on annotations (concept_id) where concept_id is not null;

create table relations (
    id integer primary key,
    project_id integer not null references projects,
    uid text not null,
    document_id integer not null references documents,
    layer_id integer not null references layers,
    kind_id integer not null references relation_kinds,
    head_id integer not null references annotations,
    child_id integer references annotations,
    child_entity_id integer references entities,
    created_seq integer not null,
    seq integer not null,
    deleted integer not null default 0,
    extra text not null default '{}',
    unique (project_id, uid),
    check ((child_id is null) <> (child_entity_id is null))
) strict;
create index relation_heads on relations (head_id);
create index relation_children on relations (child_id) where child_id is not null;
create index relation_entities on relations (child_entity_id) where child_entity_id is not null;
create index relation_places on relations (document_id, deleted, layer_id);
create index relation_births on relations (created_seq);

create table comments (
    id integer primary key,
    project_id integer not null references projects,
    uid text not null,
    document_id integer not null references documents,
    annotation_id integer references annotations,
    person_id integer not null references people,
    text text not null,
    at text not null,
    created_seq integer not null,
    seq integer not null,
    deleted integer not null default 0,
    extra text not null default '{}',
    unique (project_id, uid)
) strict;

-- One row for each thing a person did. Append-only but for redact(). at: ISO 8601, UTC.
create table changes (
    seq integer primary key,
    op_id text not null unique,
    project_id integer references projects,
    document_id integer references documents,
    person_id integer not null references people,
    at text not null,
    kind text not null,
    undoes integer references changes (seq),
    request_digest text not null,
    result text not null default '{}'
) strict;
create index changes_of_document on changes (document_id, seq);
create index changes_of_project on changes (project_id, seq);
create index changes_undone on changes (undoes) where undoes is not null;

-- One row for each object that a change touched, with the row as it was before (JSON). What a
-- change made has none: the object itself says so in created_seq.
create table change_items (
    seq integer not null references changes (seq),
    kind text not null,
    object_id integer not null,
    before text not null,
    primary key (kind, object_id, seq)
) strict, without rowid;
create index items_of_change on change_items (seq);

-- The search index is derived: searched_documents says what of it is up to date, and with which
-- words.
create table searched_documents (
    document_id integer primary key references documents,
    revision integer not null,
    title text not null
) strict;
create virtual table search using fts5 (
    title, text, content='', tokenize = 'unicode61 remove_diacritics 2'
);
insert into search (search, rank) values ('secure-delete', 1);
"""


# Counting marks by label, and finding those near a place, without a look at the marks themselves.
COVERING_PLACES = """
drop index annotation_places;
create index annotation_places
    on annotations (document_id, deleted, layer_id, start_at, end_at, label_id);
"""

# Suggestions are derived, like the search index: each offer replaces what its source offered for a
# document before, outside of the log. What a person decides about one is an act like any other.
SUGGESTIONS = """
alter table annotations add column origin_edited integer not null default 0;

-- layer_id: a layer of kind 'suggestion', one for each source. score: 0 to 1.
create table suggestions (
    id integer primary key,
    document_id integer not null references documents,
    layer_id integer not null references layers,
    revision integer not null,
    label_id integer not null references labels,
    start_at integer not null,
    end_at integer not null,
    score real not null,
    detail text not null default '',
    entity_id integer references entities,
    concept_id integer references concepts,
    attributes text not null default '{}',
    check (start_at >= 0 and end_at > start_at)
) strict;
create index suggestion_places on suggestions (document_id, revision, start_at, end_at);
create index suggestion_layers on suggestions (layer_id, document_id, score);

-- What was offered last for a document, and out of which state of the project. most: the number of
-- the newest change that the source took in.
create table offers (
    document_id integer not null references documents,
    layer_id integer not null references layers,
    revision integer not null,
    most integer not null,
    primary key (document_id, layer_id)
) strict, without rowid;

-- A person's word on a place and a label, whichever source suggests it.
create table decisions (
    id integer primary key,
    project_id integer not null references projects,
    document_id integer not null references documents,
    revision integer not null,
    person_id integer not null references people,
    label_id integer not null references labels,
    start_at integer not null,
    end_at integer not null,
    verdict text not null check (verdict in ('accepted', 'rejected')),
    origin text not null,
    origin_source text not null default '',
    origin_score real,
    annotation_id integer references annotations,
    created_seq integer not null,
    seq integer not null,
    deleted integer not null default 0
) strict;
create index decision_places on decisions (document_id, deleted, person_id);
create index decision_births on decisions (created_seq);
create index decisions_of_project on decisions (project_id, deleted, verdict);

-- At most one row a project: the model that is in use, and how the newest training stands.
-- report: JSON, what it was trained on and its held-out scores. body: a file of CRFsuite's.
create table models (
    project_id integer primary key references projects,
    state text not null check (state in ('training', 'ready', 'failed')),
    started text not null,
    finished text,
    progress text not null default '',
    report text not null default '{}'
) strict;
create table model_bodies (
    project_id integer not null references projects,
    label_id integer not null references labels,
    body blob not null,
    primary key (project_id, label_id)
) strict, without rowid;
"""

# A text may be corrected: which marks a person has still to look at, which text each mark lies on,
# and what was deleted, the newest first.
CORRECTING = """
alter table annotations add column doubt text check (doubt in ('doubtful', 'lost'));
create index annotation_doubts on annotations (document_id) where doubt is not null;
create index annotation_trash on annotations (project_id, seq) where deleted = 1;
create index relation_trash on relations (project_id, seq) where deleted = 1;
drop index annotation_places;
create index annotation_places
    on annotations (document_id, deleted, layer_id, start_at, end_at, label_id, revision);
"""

# The few changes to a project as a whole, found among the many that are made in its documents.
WHOLE_PROJECT = """
create index changes_of_whole on changes (project_id, seq) where document_id is null;
"""


# What marks say, to be searched: quotes, notes, the names they point at, attributes. Derived, and
# brought up to date when it is asked: seq is the last change that was looked at, and pending are
# the marks that it or those before it touched and that are not taken in yet.
SEARCHED_MARKS = """
create virtual table mark_search using fts5 (
    quote, note, names, attributes, tokenize = 'unicode61 remove_diacritics 2'
);
insert into mark_search (mark_search, rank) values ('secure-delete', 1);
create table searched_marks (
    id integer primary key check (id = 1),
    seq integer not null
) strict;
insert into searched_marks (id, seq) values (1, 0);
create table pending_marks (annotation_id integer primary key) strict;
"""


# What a queue needs. places: where each person was last in each document, in code points; no act
# of the log, and overwritten each time. near_*: derived, like the search index: annotations/near.py
QUEUE = """
create index states_of_layer on document_states (layer_id, state, document_id) where deleted = 0;

create table places (
    person_id integer not null references people,
    document_id integer not null references documents,
    revision integer not null,
    top_at integer not null,
    cursor_at integer,
    at text not null,
    primary key (person_id, document_id)
) strict, without rowid;

create table queue_orders (
    person_id integer not null references people,
    project_id integer not null references projects,
    chosen text not null,
    primary key (person_id, project_id)
) strict, without rowid;

create table near_documents (
    document_id integer primary key references documents,
    revision integer not null
) strict;
create table near_bands (
    value integer not null,
    document_id integer not null references documents,
    primary key (value, document_id)
) strict, without rowid;
create index near_bands_of_document on near_bands (document_id);
"""


# Imports and exports that run beside the server. state, asked, result: see store/transfers.py. No
# acts: op_id names the act of an import. made, started, ended: ISO 8601, UTC; empty until then.
TRANSFERS = """
create table transfers (
    id integer primary key,
    uid text not null unique,
    project_id integer not null references projects,
    person_id integer not null references people,
    kind text not null check (kind in ('look', 'import', 'export', 'count')),
    state text not null default 'waiting' check (
        state in ('waiting', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
    title text not null default '',
    asked text not null default '{}',
    result text not null default '{}',
    problem text not null default '',
    op_id text not null default '',
    made text not null,
    started text not null default '',
    ended text not null default ''
) strict;
create index transfers_of_project on transfers (project_id, id);
"""


# A bundle that is sent belongs to no project until it has become one; packing and unpacking are
# kinds of their own. Nothing points at this table, so it can be made anew.
BUNDLES = """
create table transfers_anew (
    id integer primary key,
    uid text not null unique,
    project_id integer references projects,
    person_id integer not null references people,
    kind text not null check (kind in (
        'look', 'import', 'export', 'count', 'bundle-look', 'bundle-import', 'bundle-export')),
    state text not null default 'waiting' check (
        state in ('waiting', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
    title text not null default '',
    asked text not null default '{}',
    result text not null default '{}',
    problem text not null default '',
    op_id text not null default '',
    made text not null,
    started text not null default '',
    ended text not null default ''
) strict;
insert into transfers_anew select * from transfers;
drop table transfers;
alter table transfers_anew rename to transfers;
create index transfers_of_project on transfers (project_id, id);
"""


# Tokens of programs. digest: SHA-256 of the secret, which is nowhere kept. revoked: when, or null.
TOKENS = """
create table tokens (
    id integer primary key,
    uid text not null unique,
    project_id integer not null references projects,
    person_id integer not null references people,
    name text not null,
    scope text not null check (scope in ('read', 'write')),
    digest text not null unique,
    created text not null,
    revoked text
) strict;
"""


# A project that is archived is read and exported, and not changed.
ARCHIVING = "alter table projects add column archived integer not null default 0"


def _run(script: str) -> Callable[[Database], None]:
    """Each statement on its own: executescript() would commit the transaction around it."""

    def migrate(db: Database) -> None:
        for statement in _statements(script):
            db.conn.execute(statement)

    return migrate


def _statements(script: str) -> list[str]:
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("--")]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


# Both search indexes anew, of words in the form in which they are compared (``search_words``); the
# tokenizer cuts at spaces. They are derived: what they hold is taken in when they are asked.
# "plain" is what a mark says as it says it, for patterns.
SEARCH_FORMS = """
drop table search;
create virtual table search using fts5 (title, text, content='', tokenize = 'ascii');
insert into search (search, rank) values ('secure-delete', 1);
delete from searched_documents;
drop table mark_search;
create virtual table mark_search using fts5 (
    quote, note, names, attributes, plain unindexed, tokenize = 'ascii'
);
insert into mark_search (mark_search, rank) values ('secure-delete', 1);
delete from pending_marks;
update searched_marks set seq = 0;
"""


# What grows with a project is found by an index: a person's changes of one document (or of the
# project as a whole), deleted names, what was merged into a name, and what stands under a concept.
GROWTH = """
create index changes_of_person on changes (document_id, project_id, person_id, seq);
create index entity_names_deleted on entities (project_id, name, id) where deleted = 1;
create index concept_names_deleted on concepts (project_id, name, id) where deleted = 1;
create index entities_merged on entities (merged_into) where merged_into is not null;
create index concepts_merged on concepts (merged_into) where merged_into is not null;
create index concepts_below on concepts (parent_id) where parent_id is not null;
"""


MIGRATIONS: tuple[Callable[[Database], None], ...] = (
    _run(FIRST),
    _run(COVERING_PLACES),
    _run(SUGGESTIONS),
    _run(CORRECTING),
    _run(SEARCHED_MARKS),
    _run(QUEUE),
    _run(WHOLE_PROJECT),
    _run(TRANSFERS),
    _run(TOKENS),
    _run(BUNDLES),
    _run(ARCHIVING),
    _run(SEARCH_FORMS),
    _run(GROWTH),
)


_OURS = frozenset({"people", "projects", "documents", "texts", "changes", "change_items"})


def checked_version(conn: Any) -> int:
    """The version of the tables of an open database: 0 when it is empty.

    Raises ``BadDatabase`` for a file of a newer Postil, or one that is not ours.
    """
    # In this order: somebody else may make the tables in between, and their number with them.
    tables = {name for (name,) in conn.execute("select name from sqlite_master")}
    version = int(conn.execute("pragma user_version").fetchone()[0])
    if tables and not (version and tables >= _OURS):
        raise BadDatabase(
            "The file is a database, but not one of Postil's; name another file with --db."
        )
    if version > len(MIGRATIONS):
        raise BadDatabase(
            f"The database was written by a newer Postil (version {version} of its tables, "
            f"this one knows {len(MIGRATIONS)}); install that one."
        )
    return version


def migrate(db: Database) -> None:
    """Bring an open database, inside a write transaction, to the newest version.

    Raises what ``checked_version`` raises.
    """
    version = checked_version(db.conn)
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        step(db)
        db.conn.execute(f"pragma user_version = {number}")
