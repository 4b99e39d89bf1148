"""How to decide: each label's definition and examples, and the project's guidelines."""

import re

from flask import Blueprint, Response, make_response, render_template

from annotations.codebook import Codebook
from annotations.ingest import read_article
from reader import here
from reader.drawing import Drawing
from reader.errors import wants_fragment
from reader.words import gettext as _

bp = Blueprint("guidelines", __name__)

_IDS = re.compile(r' id="[bsg]\d+"')
"""Of blocks and sections. In text every quotation mark is escaped, so that none looks like one."""


@bp.get("/projects/<project>/guidelines")
def guidelines(project: str) -> Response:
    of = here.project(project)
    present = here.store().codebooks.of(of.key)
    template = "guidelines/_panel.html" if wants_fragment() else "guidelines/page.html"
    return make_response(
        render_template(template, project=of, codebook=present, drawn=drawn_guidelines(present))
    )


def drawn_guidelines(present: Codebook) -> str:
    """Guidelines take the way of every article: through the sanitiser into text and layout.

    Without ids, since they stand on the page of an article that has its own.
    """
    if not present.guidelines.strip():
        return ""
    document = read_article(present.guidelines, name="guidelines.md", kind="markdown")
    return _IDS.sub("", Drawing(document, present, ()).whole())


def definition(present: Codebook, name: str) -> str:
    """What a label's button says of it: its definition, and the first example."""
    label = present.label(name)
    example = _("Example: %(example)s", example=label.examples[0]) if label.examples else ""
    return " ".join(part for part in (label.description, example) if part)
