"""Mails: their body becomes a document, with subject, sender and day."""

import pytest

from annotations.errors import BadInput
from annotations.ingest import ingest

HEAD = (
    "From: =?utf-8?q?Ada_B=C3=A9rg?= <ada@example.org>\r\nTo: Bo <bo@example.org>\r\n"
    "Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\nDate: Wed, 01 May 2024 10:00:00 +0200\r\n"
    "MIME-Version: 1.0\r\n"
)
PARTS = (
    "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nOne caf=E9.\r\n\r\nTwo.\r\n"
    "--b\r\nContent-Type: text/html\r\n\r\n<p>One <b>café</b>.</p>\r\n"
)
ATTACHED = (
    '--b\r\nContent-Type: application/pdf; name="report.pdf"\r\n'
    'Content-Disposition: attachment; filename="report.pdf"\r\n\r\nx\r\n'
)


def mail(body: str, kind: str = 'multipart/mixed; boundary="b"') -> bytes:
    return f"{HEAD}Content-Type: {kind}\r\n\r\n{body}".encode()


def test_a_mail_is_its_text_with_subject_sender_and_day_and_attachments_are_counted() -> None:
    found = ingest(mail(f"{PARTS}{ATTACHED}--b--\r\n"), name="a.eml")
    document = found.document
    assert (document.text, document.title, document.date, document.meta) == (
        "One café.\n\nTwo.",
        "Grüße",
        "2024-05-01",
        {"author": "Ada Bérg"},
    )
    assert found.notes == ("Left out: 1 × attachment.", "Attached were: report.pdf.")


def test_a_mail_without_plain_text_is_its_html() -> None:
    found = ingest(mail("<h1>Hello</h1><p>One <b>two</b>.</p>", "text/html"), name="a.eml")
    assert [b.kind for b in found.document.layout.blocks] == ["h1", "p"]
    assert found.document.text == "Hello\n\nOne two."


def test_a_mail_within_a_mail_is_attached_to_it() -> None:
    inner = mail("Inner.", "text/plain").decode()
    outer = "--b\r\nContent-Type: text/plain\r\n\r\nOuter.\r\n"
    body = f"{outer}--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--"
    found = ingest(mail(body), name="a.eml")
    assert (found.document.text, found.notes) == ("Outer.", ("Left out: 1 × attachment.",))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Words and words.", "“a.eml” is no mail"),
        (b"", "“a.eml” is no mail"),
        (mail("--b--"), "“a.eml” holds no text"),
    ],
)
def test_what_is_no_mail_is_refused_saying_why(data: bytes, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        ingest(data, name="a.eml")
    assert said in str(caught.value)
