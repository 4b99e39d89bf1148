"""The word lists: forms as texts have them, and by language."""

import pytest

from annotations import wordlists


@pytest.mark.parametrize(
    ("kind", "language", "lemma", "forms"),
    [
        ("reporting", "en", "argue", ("argue", "argues", "argued", "arguing")),
        ("reporting", "en", "say", ("say", "says", "said", "saying")),
        ("reporting", "en", "reply", ("reply", "replies", "replied", "replying")),
        ("reporting", "en", "stress", ("stress", "stresses", "stressed", "stressing")),
        ("demanding", "en", "urge", ("urge", "urges", "urged", "urging")),
        ("demanding", "en", "beg", ("beg", "begs", "begged", "begging")),
    ],
)
def test_a_verb_comes_with_its_forms(
    kind: str, language: str, lemma: str, forms: tuple[str, ...]
) -> None:
    lists = {"reporting": wordlists.REPORTING, "demanding": wordlists.DEMANDING}[kind]

    assert lists[language][lemma] == forms


def test_spanish_forms_keep_their_sound() -> None:
    spanish = wordlists.REPORTING["es"]

    assert {"explica", "explicó", "explicaron", "explicado", "explique"} <= set(spanish["explicar"])
    assert {"dijo", "dice", "dijeron"} <= set(spanish["decir"])
    assert {"exige", "exigió", "exija"} <= set(wordlists.DEMANDING["es"]["exigir"])


@pytest.mark.parametrize("lists", [wordlists.REPORTING, wordlists.DEMANDING])
def test_every_form_is_one_word_in_lower_case(
    lists: dict[str, wordlists.Verbs],
) -> None:
    for verbs in lists.values():
        for lemma, forms in verbs.items():
            assert forms[0] == lemma
            assert len(set(forms)) == len(forms)
            assert all(form.isalpha() and form == form.lower() for form in forms), lemma


def test_a_language_has_its_own_words_and_an_unknown_one_has_all() -> None:
    assert "said" in wordlists.forms("reporting", "en-GB")
    assert "dijo" not in wordlists.forms("reporting", "en-GB")
    assert "dijo" in wordlists.forms("reporting", "es_VE")
    assert {"said", "dijo"} <= wordlists.forms("reporting", "qu")
    assert {"he", "ella"} <= wordlists.pronouns("")
    assert "según" in wordlists.attributions("es")
    assert {"agency", "fuentes"} <= wordlists.sources("und")
