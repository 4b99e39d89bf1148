"""Files in and out.

``bringing``  what is sent is shown, and then stored
``taking``    what goes out, and as what
"""

from flask import Blueprint

bp = Blueprint("transfer", __name__)

from reader.pages.transfer import bringing, taking  # noqa: E402

__all__ = ["bp", "bringing", "taking"]
