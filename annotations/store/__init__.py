"""Where everything is kept: one SQLite file behind verbs that speak the domain's values.

``sqlite``     the one alias for SQLite          ``people``     people, projects, layers
``schema``     tables, as migrations             ``codebooks``  codebooks, version by version
``database``   connections and the write path    ``documents``  articles and their texts
``changes``    the log, operation ids, undo      ``names``      entities and concepts
``undo``       turning changes back              ``marks``      annotations and relations
``search``     the full-text index               ``exchange``   whole documents in and out
``values``     free-form values as JSON          ``statements`` claims and demands, filtered
``incoming``   one import under way              ``upkeep``     check, backup, redact
``register``   entities and concepts, listed  ``suggestions`` what is offered, and decided
``learning``   memory, rules, models at work  ``corrections`` revisions of texts
``history``    every past state, and the trash  ``restoring``  bringing things back
``telling``    rows of the log in words
``find``       marks, documents, names        ``marked``      the index of marks
``batches``    one act on many marks
``lately``     what was done last, to undo
``bundles``    whole projects, as rows        ``bundle_tables`` which tables these are
``bundles_in`` their way into the tables         ``contradictions`` what rows must not say
``states``     how far people are              ``leftoff``     where people left off
``near``       articles nearly the same        ``reviews``     what a new codebook asks
``since``      what changed after a moment     ``negatives``   what was rejected, going out
``tokens``     who may come in over HTTP
``transfers``  long imports and exports

No SQL stands outside this package, and nothing outside it sees a row.
"""

from pathlib import Path

from annotations.store.again import Again
from annotations.store.batches import Batches
from annotations.store.bundles import Bundles
from annotations.store.changes import Act, Entry, Log, Outcome
from annotations.store.codebooks import Codebooks, Coding
from annotations.store.corrections import Corrections
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument, Listed
from annotations.store.exchange import Exchange
from annotations.store.find import Find
from annotations.store.history import History
from annotations.store.kept_marks import AnnotationFilter, KeptMark
from annotations.store.lately import Lately
from annotations.store.learning import Learning
from annotations.store.leftoff import Place, Places
from annotations.store.lessons import Lessons
from annotations.store.marks import Marks
from annotations.store.names import Names
from annotations.store.near import Near
from annotations.store.negatives import Negatives
from annotations.store.people import KeptLayer, Layers, People, Person, Project, Projects
from annotations.store.register import Register
from annotations.store.restoring import Restoring
from annotations.store.reviews import Reviews
from annotations.store.search import Search
from annotations.store.since import Since
from annotations.store.staging import Staged
from annotations.store.statements import Statements
from annotations.store.states import Neighbour, Progress, State, States
from annotations.store.suggestions import Suggestions
from annotations.store.tokens import Token, Tokens
from annotations.store.transfers import Transfer, Transfers
from annotations.store.upkeep import Health, Upkeep

__all__ = [
    "Act",
    "AnnotationFilter",
    "Coding",
    "Entry",
    "Health",
    "KeptDocument",
    "KeptLayer",
    "KeptMark",
    "Listed",
    "Neighbour",
    "Outcome",
    "Person",
    "Place",
    "Progress",
    "Project",
    "Staged",
    "State",
    "Store",
    "Token",
    "Transfer",
    "open_store",
]


class Store:
    """A database file, opened; one object may be shared by all threads."""

    def __init__(self, path: str | Path):
        self.database = Database(path)
        self.log = Log(self.database)
        self.people = People(self.database)
        self.codebooks = Codebooks(self.database, self.log)
        self.projects = Projects(self.database, self.log, self.codebooks)
        self.layers = Layers(self.database)
        self.documents = Documents(self.database, self.log)
        self.names = Names(self.database)
        self.actors = Register(self.database, self.log, "entities")
        self.concepts = Register(self.database, self.log, "concepts")
        self.marks = Marks(self.database, self.log, self.codebooks, self.layers)
        self.corrections = Corrections(self.database, self.log, self.documents, self.marks)
        self.history = History(
            self.database,
            self.log,
            self.codebooks,
            self.documents,
            self.marks,
        )
        self.restoring = Restoring(
            self.database,
            self.log,
            self.documents,
            self.marks,
            self.corrections,
            self.history,
        )
        self.search = Search(self.database)
        self.lately = Lately(self.database, self.log)
        self.find = Find(self.database, self.codebooks, self.documents, self.marks, self.search)
        self.batches = Batches(self.database, self.log, self.codebooks, self.layers, self.marks)
        self.statements = Statements(self.database, self.codebooks, self.documents, self.marks)
        self.suggestions = Suggestions(
            self.database,
            self.log,
            self.codebooks,
            self.documents,
            self.layers,
            self.marks,
        )
        self.again = Again(
            self.database,
            self.log,
            self.codebooks,
            self.documents,
            self.layers,
            self.marks,
            self.search,
        )
        self.lessons = Lessons(self.database, self.codebooks, self.documents, self.marks)
        self.learning = Learning(
            self.database, self.codebooks, self.documents, self.suggestions, self.lessons
        )
        self.states = States(
            self.database, self.log, self.codebooks, self.layers, self.marks, self.suggestions
        )
        self.places = Places(self.database)
        self.near = Near(
            self.database,
            self.log,
            self.codebooks,
            self.documents,
            self.layers,
            self.marks,
            self.states,
            self.suggestions,
        )
        self.reviews = Reviews(
            self.database, self.log, self.codebooks, self.documents, self.layers, self.marks
        )
        self.exchange = Exchange(
            self.database,
            self.log,
            self.codebooks,
            self.documents,
            self.layers,
            self.marks,
            self.names,
            self.suggestions,
        )
        self.tokens = Tokens(self.database)
        self.since = Since(self.database, self.codebooks)
        self.negatives = Negatives(self.database, self.codebooks, self.documents)
        self.transfers = Transfers(self.database)
        self.bundles = Bundles(self.database, self.log, self.codebooks, self.projects)
        self.upkeep = Upkeep(self.database, self.log, self.documents)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self.database.close()


def open_store(path: str | Path) -> Store:
    """Open the database at ``path``, made and brought to the newest version as needed.

    Raises ``BadDatabase`` for a file that is not Postil's, is damaged, or belongs to a newer
    version.
    """
    return Store(path)
