"""What each operation does: one call into the core, and its answer as JSON.

``reading`` the project, its documents and layers   ``marking`` annotations and relations
``moving``  files in and out                        ``values``  values of the core as JSON
``jobs``    what takes longer than an answer
"""

from reader.api.declared import Table
from reader.api.operations import jobs, marking, moving, reading


def table() -> Table:
    """All operations, in the order in which the description lists them."""
    made = Table()
    for topic in (reading, marking, moving, jobs):
        topic.declare(made)
    return made
