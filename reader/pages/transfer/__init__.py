"""Files in and out.

``bringing``  what is sent is shown, and then stored
``taking``    what goes out, and as what
``running``   what takes longer than a page may
``bundling``  whole projects
``wording``   what is said of all that
"""

from flask import Blueprint

bp = Blueprint("transfer", __name__)

from reader.pages.transfer import bringing, bundling, running, taking  # noqa: E402

__all__ = ["bp", "bringing", "bundling", "running", "taking"]
