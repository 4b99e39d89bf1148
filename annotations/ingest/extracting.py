"""What trafilatura takes for the main content of a page: its text, for ``webpage`` to look up.

Runs in the process apart (``apart``).
"""

import trafilatura


def parse(data: bytes) -> str:
    """The main content as HTML of trafilatura's making; empty where it finds none."""
    found = trafilatura.extract(
        data.decode("utf-8"),
        output_format="html",
        include_comments=False,
        include_formatting=False,
        include_links=False,
        include_tables=True,
        favor_recall=True,
        deduplicate=False,
    )
    return found or ""
