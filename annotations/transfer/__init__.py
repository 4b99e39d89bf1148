"""Import and export, as the command line and the pages both do them.

In: ``Incoming`` reads sources lazily and knows which line of which file it is at; ``preview``
counts what is in them, ``take`` stores it, all or nothing. Out: ``outgoing`` yields the bytes of a
file and counts what goes into it, what its format cannot carry and what was not selected
(``selection``); ``survey`` counts without making it; ``snapshot`` makes it, in a temporary file
that sees the database at one moment.

``counting``   how much there is        ``sources``    files, archives and folders
``coming_in``  reading and storing      ``going_out``  making files
"""

from annotations.selection import Selection, choose_layers
from annotations.transfer.coming_in import (
    AHEAD,
    LEFT,
    Incoming,
    Read,
    Taken,
    incoming,
    take,
)
from annotations.transfer.counting import Contents, preview
from annotations.transfer.going_out import (
    IN_MEMORY,
    Outgoing,
    Snapshot,
    file_name,
    outgoing,
    snapshot,
    stem,
    survey,
)
from annotations.transfer.sources import Source, kinds, of_folder, rewound

__all__ = [
    "AHEAD",
    "IN_MEMORY",
    "LEFT",
    "Contents",
    "Incoming",
    "Outgoing",
    "Read",
    "Selection",
    "Snapshot",
    "Source",
    "Taken",
    "choose_layers",
    "file_name",
    "incoming",
    "kinds",
    "of_folder",
    "outgoing",
    "preview",
    "rewound",
    "snapshot",
    "stem",
    "survey",
    "take",
]
