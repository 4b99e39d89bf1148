"""Words of the interface in the reader's language, by the standard library's gettext.

What pages need of a language's rules for numbers and dates is little and stands here as sentences
for translators, so no table of all the world's languages (30 MB) need be installed.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any

from flask import Flask

FOLDER = Path(__file__).resolve().parent / "translations"
"""Where the catalogues lie: ``LANGUAGE/LC_MESSAGES/messages.mo``."""


def get_locale() -> str:
    """The language in which this request is answered, as ``lang`` says it."""
    return "en"


@lru_cache
def catalogue(language: str) -> NullTranslations:
    """The words of a language; where there is none, the words themselves."""
    return translation("messages", FOLDER, [language], fallback=True)


def gettext(message: str, **values: object) -> str:
    """A sentence in the reader's language, with ``%(name)s`` filled in."""
    said = catalogue(get_locale()).gettext(message)
    return said % values if values else said


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """A sentence in the number that the language has for ``number``, which fills in ``%(num)d``."""
    said = catalogue(get_locale()).ngettext(singular, plural, number)
    return said % {"num": number, **values}


@dataclass(frozen=True, slots=True)
class lazy_gettext:
    """A sentence that is looked up when it is said, not when the module that holds it is read."""

    message: str

    def __str__(self) -> str:
        return gettext(self.message)


_ = gettext


def number(value: int) -> str:
    """A whole number with its thousands apart."""
    # The translator writes one thousand as the language does: 1.000, 1 000, 1000.
    found = re.search(r"1(.*)000", _("1,000"))
    return f"{value:,}".replace(",", found[1] if found else ",")


def day(when: datetime) -> str:
    """A day: “2 Mar 2024”."""
    months = (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip
    return _(
        "%(day)d %(month)s %(year)d", day=when.day, month=months[when.month - 1], year=when.year
    )


def ago(age: timedelta) -> str:
    """How long ago, in the unit of which there is about one or more."""
    minutes = age.total_seconds() / 60
    if minutes < 51:
        return ngettext("%(num)d minute ago", "%(num)d minutes ago", max(1, round(minutes)))
    if minutes < 20.4 * 60:
        return ngettext("%(num)d hour ago", "%(num)d hours ago", max(1, round(minutes / 60)))
    return ngettext("%(num)d day ago", "%(num)d days ago", max(1, round(minutes / 1440)))


def speak(app: Flask) -> None:
    """Let an application's templates say everything by these."""
    environment: Any = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    # Jinja fills in itself.
    environment.install_gettext_callables(
        lambda message: catalogue(get_locale()).gettext(message),
        lambda one, several, number: catalogue(get_locale()).ngettext(one, several, number),
        newstyle=True,
    )
