"""Mails (.eml): the body, with subject, sender and day.

The text is the part in plain text, or else the one in HTML. What is attached is counted. Parsed by
Python's own ``email``, which fetches and runs nothing.
"""

from collections import Counter
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses

from annotations.errors import BadInput
from annotations.ingest import about, encodings, html, plain
from annotations.ingest.about import About
from annotations.ingest.left_out import notes_of
from annotations.shortening import shortened

MAX_PARTS = 2_000
_HEADERS = ("from", "to", "subject", "date", "mime-version", "content-type", "received", "sender")
_PICTURES = "image/"


def read(data: bytes, called: str) -> tuple[html.Read, About]:
    """Text, layout and what the head of the mail says. ``called`` is what errors call the file.

    Raises ``BadInput`` for what is no mail, and for one without a text.
    """
    mail = _parsed(data, called)
    left_out: Counter[str] = Counter()
    texts: list[EmailMessage] = []
    pages: list[EmailMessage] = []
    names: list[str] = []
    for number, part in enumerate(_parts(mail)):
        if number > MAX_PARTS:
            raise BadInput(f"{called} has more than {MAX_PARTS:,} parts, as no mail does.")
        kind = part.get_content_type()
        is_attached = part.get_content_disposition() == "attachment"
        if kind == "text/plain" and not is_attached:
            texts.append(part)
        elif kind == "text/html" and not is_attached:
            pages.append(part)
        elif kind == "text/css" and not is_attached:
            continue
        else:
            is_picture = kind.startswith(_PICTURES) and not is_attached
            left_out["picture" if is_picture else "attachment"] += 1
            if (name := about.line(part.get_filename() or "")) and not is_picture:
                names.append(shortened(name, 60))
    written = [part for part in texts if _content(part, called).strip()]
    if written:
        text = plain.cleaned("\n\n".join(_content(part, called).strip("\r\n") for part in written))
        found = html.Read(text=text, layout=plain.layout(text))
    elif pages:
        markup = "\n".join(_content(part, called, is_page=True) for part in pages)
        found = html.read(plain.cleaned(markup))
    else:
        raise BadInput(f"{called} holds no text; what is attached to it is imported by itself.")
    found.notes = [*notes_of(left_out), *found.notes]
    if names:
        found.notes.append(f"Attached were: {', '.join(names[:10])}.")
    return found, _about(mail)


def _parsed(data: bytes, called: str) -> EmailMessage:
    try:
        mail = message_from_bytes(data, policy=default)
    except (MessageError, ValueError, LookupError, RecursionError) as error:
        raise BadInput(f"{called} is no mail that can be read ({error}).") from None
    if not any(name in mail for name in _HEADERS):
        raise BadInput(
            f"{called} is no mail: nothing in its head says from whom, to whom or about what. "
            "Give its name the ending of what it is."
        )
    return mail


def _parts(mail: EmailMessage) -> list[EmailMessage]:
    """The parts that hold something, in their order. A mail within a mail is one of them."""
    found: list[EmailMessage] = []
    waiting: list[EmailMessage] = [mail]
    while waiting and len(found) <= MAX_PARTS + 1:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart":
            payload = part.get_payload()
            inner = payload if isinstance(payload, list) else []
            waiting.extend(each for each in reversed(inner) if isinstance(each, EmailMessage))
        else:
            found.append(part)
    return found


def _content(part: EmailMessage, called: str, is_page: bool = False) -> str:
    """The text of a part, in the encoding that it names, or that its bytes tell."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if not data:
        return ""
    charset = part.get_content_charset() or ""
    if charset:
        try:
            return encodings.decoded(data, called, charset).text
        except BadInput:
            pass  # Mails are often wrong about themselves.
    return encodings.decoded(data, called, is_page=is_page).text


def _about(mail: EmailMessage) -> About:
    def said(name: str) -> str:
        try:
            return str(mail.get(name, "") or "")
        except (ValueError, IndexError, AttributeError, TypeError):
            return ""  # A head that Python's parser gives up on says nothing.

    addresses = getaddresses([said("from")])
    return About(
        title=about.line(said("subject")),
        author=about.people(name or address for name, address in addresses if name or address),
        date=about.day(said("date")),
        language=about.language(said("content-language").split(",")[0]),
    )
