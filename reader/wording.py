"""What the pages say of the domain's values, in the reader's language."""

from collections.abc import Sequence

from annotations.codebook import Codebook, Label
from annotations.document import Annotation, Relation
from annotations.statements import Statement, statements
from annotations.store import Entry
from reader.drawing import Line, Words
from reader.words import gettext as _
from reader.words import lazy_gettext as _l
from reader.words import ngettext


def card_words() -> Words:
    return Words(unsure=_("unsure"), doubt=_("place in doubt"), more=str(_l("and %(number)s more")))


def lines(
    codebook: Codebook, annotations: Sequence[Annotation], relations: Sequence[Relation], text: str
) -> dict[str, Line]:
    """What each statement's card says: its actors by relation, its attributes, and its status."""
    found: dict[str, Line] = {}
    for statement in statements(codebook, annotations, relations, text):
        mark = statement.annotation
        parts = [f"{relation} {', '.join(actors)}" for relation, actors in statement.parties]
        if mark.concept:
            parts.insert(0, mark.concept)
        parts += attributes(codebook.label(mark.label), mark)
        if statement.status:
            parts.append(statement.status)
        found[mark.id] = Line(tuple(parts), contradictions(codebook, statement))
    return found


def attributes(label: Label, annotation: Annotation) -> list[str]:
    """What is known of an annotation besides its status: “stance: for”; a flag by its name."""
    names = {attribute.id: attribute.name for attribute in label.attributes}
    found = []
    for key, value in annotation.attributes.items():
        name = names.get(key, key)
        if value is True:
            found.append(name)
        elif key != "status" and isinstance(value, str | int | float) and value not in ("", False):
            found.append(f"{name}: {value}")
    return found


def contradictions(codebook: Codebook, statement: Statement) -> tuple[str, ...]:
    """Each thing that cannot be so: what was entered or named, against what relations say."""
    parties = dict(statement.parties)
    said = {
        kind.sets_status: f"{kind.name} {', '.join(parties[kind.name])}"
        for kind in codebook.relations
        if kind.sets_status and kind.name in parties
    }
    found = []
    for contradiction in statement.contradictions:
        first, *others = contradiction.said
        against = "; ".join(said.get(status, status) for status in others)
        if contradiction.kind == "status":
            found.append(
                _("Status says %(status)s, but: %(relations)s", status=first, relations=against)
            )
        else:
            found.append(_("%(one)s, but also %(other)s", one=_capital(said[first]), other=against))
    return tuple(found)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


_SPELLED = (
    _l("no words"), _l("one word"), _l("two words"), _l("three words"), _l("four words"),
    _l("five words"), _l("six words"), _l("seven words"), _l("eight words"), _l("nine words"),
    _l("ten words"), _l("eleven words"), _l("twelve words"),
)  # fmt: skip


def counted_words(number: int) -> str:
    """“six words”: small numbers in letters, as a voice says them."""
    if number < len(_SPELLED):
        return str(_SPELLED[number])
    return str(ngettext("%(num)d word", "%(num)d words", number))


def said_of(annotation: Annotation, text: str, what: str) -> str:
    """“Claim, six words, saved”: one act, for whoever listens."""
    words = counted_words(len(annotation.quote(text).replace("…", " ").split()))
    return f"{_capital(annotation.label)}, {words}, {what}"


def state_names() -> dict[str, str]:
    """What the states of a document are called."""
    return {
        "new": _("new"),
        "in progress": _("in progress"),
        "done": _("done"),
        "skipped": _("skipped"),
        "flagged": _("flagged"),
    }


def change_name(entry: Entry) -> str:
    """What a line of the history says was done."""
    return happened(entry.kind)


def happened(kind: str, undone: str = "") -> str:
    """What a change did, from its kind and, of an undo, the kind of what it undid."""
    names: dict[str, str] = {
        "create": _("marked"),
        "edit": _("changed"),
        "delete": _("deleted"),
        "relate": _("joined"),
        "unrelate": _("removed a relation"),
        "undo": _("undone"),
        "redo": _("brought back"),
        "import": _("imported"),
        "label": _("changed the article’s labels"),
        "accept": _("accepted"),
        "sweep": _("accepted with others"),
        "same-again": _("marked like another"),
        "restore": _("restored"),
        "restore document": _("restored the article as it was"),
        "correct": _("corrected the text"),
        "settle": _("settled a place"),
        "document": _("added the article"),
        "remove document": _("put the article into the trash"),
        "remove documents": _("put articles into the trash"),
        "describe": _("changed the article’s details"),
        "states": _("said how far articles are"),
        "edit project": _("renamed or described the project"),
        "archive project": _("archived the project"),
        "unarchive project": _("took the project out of the archive"),
        "delete project": _("deleted the project"),
        "restore project": _("brought the project back"),
        "redact": _("erased for good"),
        "project": _("began the project"),
        "codebook": _("changed the codebook"),
        "edit name": _("changed a name"),
        "merge": _("merged two names"),
        "part": _("parted two names"),
        "reject": _("rejected"),
        "state": _("said how far the article is"),
        "batch": _("changed several"),
        "batch mark": _("marked several"),
    }
    said = names.get(kind, kind)
    return f"{said}: {names.get(undone, undone)}" if undone and kind == "undo" else said


def field_name(name: str) -> str:
    """What a history calls something that can be said of a mark, relation, name or document."""
    names: dict[str, str] = {
        "label": _("Label"),
        "quote": _("Words"),
        "entity": _("Actor"),
        "concept": _("Concept"),
        "note": _("Note"),
        "unsure": _("Unsure"),
        "doubt": _("Place in doubt"),
        "place": _("Characters"),
        "relation": _("Relation"),
        "head": _("From"),
        "child": _("To"),
        "title": _("Title"),
        "revision": _("Text"),
        "source": _("Source"),
        "date": _("Date"),
        "name": _("Name"),
        "aliases": _("Other names"),
        "parent": _("Belongs under"),
        "merged": _("Merged into"),
    }
    return names.get(name) or name.removeprefix("attribute.").capitalize()


def source_name(source: str) -> str:
    """What a source of suggestions is called; one that was brought in has its own name."""
    names: dict[str, str] = {
        "memory": _("past marks"),
        "rules": _("rules"),
        "model": _("model"),
    }
    return names.get(source, source)


def script_messages() -> dict[str, str]:
    """The sentences that scripts show, by name; {0} stands for what they fill in."""
    return {
        "saving": _("Saving…"),
        "already": _("Marked already"),
        "saved": _("Saved"),
        "refused": _("That could not be saved."),
        "kept": _("Reload the page; what you marked is kept and will be sent again."),
        "pick": _("{0}: choose, or click a mark in the text. Escape leaves."),
        "nothing": _("Select some text first."),
        "several": _("{0} marks lie here. Choose one."),
        "noMarks": _("There is no mark to go to."),
        "noLike": _("Mark something first, or go to a mark."),
        "moved": _("Border moved to “{0}”"),
        "keysOff": _("Single keys are off."),
        "keysOn": _("Single keys are on."),
        "taken": _("That key already does “{0}”."),
        "choices": _("{0} to choose from"),
        "names": _("Known names"),
        "noList": _("The list could not be fetched. Try again."),
        "notFrom": _("“{0}” cannot lead from this mark."),
        "nobody": _("{0}: there is nothing to take."),
        "entity": _("Actor"),
        "concept": _("Concept"),
        "noName": _("This mark names neither an actor nor a concept."),
        "guide": _("Guidelines and definitions"),
        "guideShown": _("Guidelines shown beside the text"),
        "addPart": _("Add as a part"),
        "noPart": _("Go to the part that is to go, or select in it."),
        "unsure": _("Unsure"),
        "sure": _("Sure again"),
        "copied": _("Link copied"),
        "close": _("Close"),
        "noCard": _("That could not be fetched. Try again."),
        "noFurther": _("The border cannot go further."),
        "noUndo": _("There is nothing to undo."),
        "deletedLater": _("Deleted; both will be sent when the server is back."),
        "notSentYet": _(
            "This mark waits to be sent; its card opens once the server is back. By keys it can be "
            "deleted, made unsure, and its borders moved."
        ),
        "noRedo": _("There is nothing to redo."),
        "renewed": _("Somebody else marked here; the text shows it."),
        "cardOld": _("This mark was changed elsewhere. What you are typing is left alone."),
        "cardGone": _("This mark was deleted elsewhere. What you are typing is left alone."),
        "noNextDocument": _("No other article of this project is open."),
        "noPreviousDocument": _("This is the first article of the project."),
        "savingFirst": _("Saving first…"),
        "notYet": _("Something is not saved yet, so the page stays."),
        "leftOff": _("Back where you left off."),
    }


def cursor_messages() -> dict[str, str]:
    """What the cursor says; {0}, {1} are filled in."""
    return {
        "cursorOn": _("{0}. Arrows move, Shift extends, a label’s key marks, Escape leaves."),
        "cursorOff": _("Left the cursor."),
        "cursorEnd": _("No further."),
        "noText": _("There is no word to mark."),
        "noName": _("No further name near here."),
        "noLetter": _("No word has the letter {0}."),
        "stretch": _("{0} words: {1}"),
        "lies": _("{0}; marked: {1}"),
        "startHere": _("Starts here: {0}. Now move to where it ends."),
        "endHere": _("Ends here: {0}"),
        "lettersOn": _("Letters on: type where it begins, then where it ends."),
        "lettersOff": _("Letters off."),
        "pickLabel": _("Choose the label to keep."),
        "labelFirst": _("Label first: {0}. Each selection or tap marks; Escape leaves."),
        "labelFirstShort": _("Label first: {0}"),
        "labelFirstOff": _("No longer label first: {0}"),
        "noLabelYet": _("Nothing was marked yet on this page."),
    }


def mail_messages() -> dict[str, str]:
    """What every page says of changes that wait in the browser; {0}, {1} are filled in."""
    return {
        "waitsOne": _("1 change waits: the server does not answer."),
        "waits": _("{0} changes wait: the server does not answer."),
        "again": _("Trying again in {0} s."),
        "trying": _("Trying…"),
        "tryNow": _("Try now"),
        "keepOn": _("You can go on: everything is kept in this browser and sent later."),
        "fleeting": _("This browser keeps nothing: leave the page open."),
        "allSaved": _("Everything is saved now."),
        "sending": _("Sending what waited…"),
        "needsYou": _("Could not be saved and needs you"),
        "needsOne": _("1 needs you"),
        "needs": _("{0} need you"),
        "settled": _("Settled. Nothing else needs you."),
        "withIt": _("Waiting with it:"),
        "tryAgain": _("Try again"),
        "throwAway": _("Throw it away"),
        "refusedElsewhere": _("Something could not be saved and needs you:"),
        "othersOne": _("1 change that {1} made waits in this browser, for {1} to come back."),
        "others": _("{0} changes that {1} made wait in this browser, for {1} to come back."),
        "become": _("Be {0}, and send them"),
        "reallyDrop": _("Throw away {0} changes that {1} made and that were never saved?"),
        "did-create": _("{0} on “{1}”"),
        "did-edit": _("Changing a mark: {0}"),
        "did-change": _("Changing a mark"),
        "did-delete": _("Deleting a mark"),
        "did-relate": _("Joining two marks"),
        "did-unrelate": _("Removing a relation"),
        "did-undo": _("Undo"),
        "did-redo": _("Redo"),
        "field-label": _("label"),
        "field-entity": _("actor"),
        "field-concept": _("concept"),
        "field-note": _("note"),
        "field-unsure": _("unsure"),
        "field-quote": _("borders"),
        "older": _("This page was changed elsewhere."),
        "renew": _("Show it as it is now"),
        "listRenewed": _("Changed elsewhere; the list shows it."),
        "listLeft": _("Changed elsewhere; what you are typing was left alone."),
        "yes": _("yes"),
        "no": _("no"),
    }


def rare_messages() -> dict[str, str]:
    """The sentences of scripts that are loaded only when they are asked for, by name."""
    return {
        "findTitle": _("Find in the article"),
        "findPrevious": _("Previous hit"),
        "findNext": _("Next hit"),
        "findCount": _("{0} of {1}"),
        "findCountMore": _("{0} of more than {1}"),
        "findNothing": _("These words stand nowhere here."),
        "findAway": _("The server did not answer; try again."),
        "batchTitle": _("Marks chosen"),
        "batchCount": _("{0} chosen"),
        "batchChange": _("Change…"),
        "batchNone": _("Choose none"),
        "batchChosen": _("“{0}” chosen; {1} in all"),
        "batchUnchosen": _("“{0}” no longer chosen; {1} in all"),
        "batchNothing": _("Choose some marks first."),
        "batchLeft": _("No marks are chosen any more."),
    }
