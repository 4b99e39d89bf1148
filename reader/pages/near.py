"""Nearly the same as a finished article: what to make of its marks here."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from annotations.errors import BadInput
from reader import here
from reader.limits import heavy
from reader.words import gettext as _

bp = Blueprint("near", __name__)


@bp.get("/projects/<project>/documents/<document>/near")
@heavy("page")
def offer(project: str, document: str) -> Response:
    """The offer to carry the marks of a finished article over, if there is such a one."""
    of = here.project(project)
    kept, near = here.document(of, document), here.store().near
    like = near.like(of, here.person(), kept)
    if like is None or near.is_offered(like, kept):
        return make_response("", 204)
    found, lost = near.carried(like, kept)
    if not found:
        return make_response("", 204)
    return make_response(
        render_template(
            "queue/_near.html",
            project=of,
            document=kept.value,
            like=like,
            count=len(found),
            unsure=sum(not each.sure for each in found),
            lost=lost,
            percent=int(100 * like.resemblance),
        )
    )


@bp.post("/projects/<project>/documents/<document>/near")
def carry(project: str, document: str) -> Response:
    """Carry the marks over: as suggestions, or as marks of one's own."""
    of = here.project(project)
    kept, near = here.document(of, document), here.store().near
    like = near.like(of, here.person(), kept)
    if like is None or like.document.value.id != request.form.get("like"):
        raise BadInput(_("The two articles are not nearly the same any more. Reload the page."))
    if request.form.get("how") == "marks":
        near.adopt(here.act("carry over", of, kept.key), of, here.person(), kept, like)
    else:
        near.suggest(like, kept)
    return make_response(
        redirect(url_for("articles.article", project=of.id, document=kept.value.id), 303)
    )
