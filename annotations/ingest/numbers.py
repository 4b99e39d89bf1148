"""The numbers of list items as their source shows them: “5.”, “(a)”, “iv)”.

``shown`` writes a value in one of the ways that CSS and Word know. The names are those of CSS
(``lower-alpha``); ``WORD`` says which of them Word's names mean.
"""

from collections.abc import Callable

ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
_HEBREW = "אבגדהוזחטיכלמנסעפצקרשת"
_ARABIC = "أبتثجحخدذرزسشصضطظعغفقكلمنهوي"
_ABJAD = "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ"
_AIUEO = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
_GOJUON = f"{_AIUEO[:-2]}ヰヱヲン"
_IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノ"
    "オクヤマケフコエテアサキユメミシヱヒモセスン"
)
_GANADA = "가나다라마바사아자차카타파하"
_CHOSUNG = "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"
_THAI = "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ONES = (
    *("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"),
    *("Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen"),
    "Nineteen",
)
_TENS = ("Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety")
_ODD_ORDINALS = {
    "One": "First",
    "Two": "Second",
    "Three": "Third",
    "Five": "Fifth",
    "Eight": "Eighth",
    "Nine": "Ninth",
    "Twelve": "Twelfth",
}


def _alphabetic(letters: str) -> Callable[[int], str]:
    """a … z, aa, ab …: as CSS counts."""

    def write(value: int) -> str:
        written = ""
        while value > 0:
            value, letter = divmod(value - 1, len(letters))
            written = letters[letter] + written
        return written

    return write


def _repeating(letters: str) -> Callable[[int], str]:
    """a … z, aa, bb …: as Word counts."""

    def write(value: int) -> str:
        times, letter = divmod(value - 1, len(letters))
        return letters[letter] * (times + 1) if value > 0 and times < 30 else ""

    return write


def _roman(value: int) -> str:
    if not 0 < value < 4000:
        return ""
    written = ""
    for worth, letters in ROMAN:
        times, value = divmod(value, worth)
        written += letters * times
    return written


def _digits(zero: str) -> Callable[[int], str]:
    """Decimal with the digits of another script, which begin at ``zero``."""
    table = {ord("0") + n: ord(zero) + n for n in range(10)}
    return lambda value: str(value).translate(table)


def _ideographic(value: int) -> str:
    """一 … 九千九百九十九."""
    if not 0 < value < 10_000:
        return ""
    written, gap = "", False
    for worth, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, worth)
        if digit:
            written += ("零" if gap and written else "") + "一二三四五六七八九"[digit - 1] + unit
        gap = not digit
    return written.removeprefix("一") if written.startswith("一十") else written


def _circled(value: int) -> str:
    if 0 < value <= 20:
        return chr(0x2460 + value - 1)
    return chr(0x3251 + value - 21) if 20 < value <= 35 else ""


def _ordinal(value: int) -> str:
    if value < 0:
        return ""
    odd = {1: "st", 2: "nd", 3: "rd"}
    return f"{value}{'th' if value % 100 in (11, 12, 13) else odd.get(value % 10, 'th')}"


def _cardinal_text(value: int) -> str:
    if not 0 <= value < 1_000_000:
        return ""
    if value >= 1000:
        thousands, rest = divmod(value, 1000)
        return f"{_cardinal_text(thousands)} Thousand" + (f" {_cardinal_text(rest)}" * bool(rest))
    if value >= 100:
        hundreds, rest = divmod(value, 100)
        return f"{_ONES[hundreds]} Hundred" + (f" {_cardinal_text(rest)}" * bool(rest))
    if value >= 20:
        tens, rest = divmod(value, 10)
        return _TENS[tens - 2] + (f"-{_ONES[rest]}" * bool(rest))
    return _ONES[value]


def _ordinal_text(value: int) -> str:
    written = _cardinal_text(value)
    start = max(written.rfind(" "), written.rfind("-")) + 1
    last = written[start:]
    if not last:
        return ""
    ending = _ODD_ORDINALS.get(last) or (f"{last[:-1]}ieth" if last[-1] == "y" else f"{last}th")
    return written[:start] + ending


def _chicago(value: int) -> str:
    times, mark = divmod(value - 1, 4)
    return "*†‡§"[mark] * (times + 1) if 0 < value <= 40 else ""


STYLES: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimal-leading-zero": lambda value: f"{value:03d}" if value < 0 else f"{value:02d}",
    "lower-alpha": _alphabetic(_LATIN),
    "upper-alpha": lambda value: _alphabetic(_LATIN)(value).upper(),
    "lower-roman": _roman,
    "upper-roman": lambda value: _roman(value).upper(),
    "lower-greek": _alphabetic(_GREEK),
    "arabic-indic": _digits("٠"),
    "persian": _digits("۰"),
    "devanagari": _digits("०"),
    "bengali": _digits("০"),
    "thai": _digits("๐"),
    "hiragana": _alphabetic("".join(chr(ord(c) - 0x60) for c in _GOJUON)),
    "katakana": _alphabetic(_GOJUON),
    "cjk-decimal": lambda value: str(value).translate(
        {ord("0") + n: c for n, c in enumerate("〇一二三四五六七八九")}
    ),
    "cjk-ideographic": _ideographic,
    "korean-hangul": _alphabetic(_GANADA),
    "full-width": _digits("０"),
    "circled": _circled,
    "word-letter": _repeating(_LATIN),
    "word-letter-upper": _repeating(_LATIN.upper()),
    "ordinal": _ordinal,
    "cardinal-text": _cardinal_text,
    "ordinal-text": _ordinal_text,
    "hexadecimal": lambda value: f"{value:X}",
    "chicago": _chicago,
    "russian-lower": _repeating(_RUSSIAN),
    "russian-upper": _repeating(_RUSSIAN.upper()),
    "hebrew-letter": _repeating(_HEBREW),
    "arabic-letter": _repeating(_ARABIC),
    "arabic-abjad": _repeating(_ABJAD),
    "aiueo": _repeating(_AIUEO),
    "iroha": _repeating(_IROHA),
    "ganada": _repeating(_GANADA),
    "chosung": _repeating(_CHOSUNG),
    "thai-letter": _repeating(_THAI),
    "stems": _repeating(_STEMS),
    "branches": _repeating(_BRANCHES),
}  # fmt: skip

CSS = {
    "lower-latin": "lower-alpha", "upper-latin": "upper-alpha", "cjk-earthly-branch": "branches",
    "cjk-heavenly-stem": "stems", "simp-chinese-informal": "cjk-ideographic",
    "trad-chinese-informal": "cjk-ideographic", "katakana-iroha": "iroha",
}  # fmt: skip
"""Further names in CSS for some of ``STYLES``."""

WORD = {
    "decimal": "decimal", "decimalZero": "decimal-leading-zero", "lowerLetter": "word-letter",
    "upperLetter": "word-letter-upper", "lowerRoman": "lower-roman", "upperRoman": "upper-roman",
    "ordinal": "ordinal", "cardinalText": "cardinal-text", "ordinalText": "ordinal-text",
    "hex": "hexadecimal", "chicago": "chicago", "decimalFullWidth": "full-width",
    "decimalFullWidth2": "full-width", "decimalHalfWidth": "decimal",
    "decimalEnclosedCircle": "circled", "decimalEnclosedCircleChinese": "circled",
    "chineseCounting": "cjk-ideographic", "chineseCountingThousand": "cjk-ideographic",
    "japaneseCounting": "cjk-ideographic", "taiwaneseCounting": "cjk-ideographic",
    "taiwaneseCountingThousand": "cjk-ideographic", "ideographDigital": "cjk-decimal",
    "japaneseDigitalTenThousand": "cjk-decimal", "taiwaneseDigital": "cjk-decimal",
    "russianLower": "russian-lower", "russianUpper": "russian-upper", "hebrew2": "hebrew-letter",
    "arabicAlpha": "arabic-letter", "arabicAbjad": "arabic-abjad", "aiueo": "aiueo",
    "aiueoFullWidth": "aiueo", "iroha": "iroha", "irohaFullWidth": "iroha", "ganada": "ganada",
    "chosung": "chosung", "thaiLetters": "thai-letter", "thaiNumbers": "thai",
    "hindiNumbers": "devanagari", "ideographTraditional": "stems",
    "ideographZodiac": "branches",
}  # fmt: skip
"""What Word calls the ways of ``STYLES``."""

_TYPES = {"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman"} | {
    "I": "upper-roman"
}
_BULLETS = frozenset({"disc", "circle", "square", "disclosure-open", "disclosure-closed"})


def style_of(kind: str, css: str = "") -> str | None:
    """The way to count that a list's ``type`` and its ``list-style`` in CSS mean.

    ``"none"`` for a list without anything before its items, ``"bullet"`` for signs; ``None`` where
    neither says. CSS wins, as in a browser, and what it names beyond ``STYLES`` is decimal.
    """
    css = css.lower()
    if css:
        css = CSS.get(css, css)
        if css in STYLES or css == "none":
            return css
        return "bullet" if css in _BULLETS else "decimal"
    if kind.lower() in _BULLETS | {"none"}:
        return "none" if kind.lower() == "none" else "bullet"
    return _TYPES.get(kind)


def shown(value: int, style: str) -> str:
    """The value in one of ``STYLES``; decimal where that way has nothing for it, as in CSS."""
    return STYLES[style](value) or str(value)
