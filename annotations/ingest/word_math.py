"""Equations of Word files as a line of text: x^2, (a+b)/c, √(x), ∑_(i=1)^n i."""

from xml.etree.ElementTree import Element

from annotations.ingest.word_xml import child, find_all, name_of, value

_SIGNS = {"m:sSup": ("", "^"), "m:sSub": ("_", ""), "m:sSubSup": ("_", "^")}


def linear(element: Element) -> str:
    """The text of an equation or of a part of one."""
    name = name_of(element)
    if name == "m:t":
        return element.text or ""
    if name in ("m:f", "m:sSup", "m:sSub", "m:sSubSup", "m:rad", "m:nary", "m:d", "m:func", "m:m"):
        return _BUILT[name](element)
    if name.endswith("Pr"):
        return ""
    if name == "m:mr":
        return ", ".join(linear(each) for each in element)
    return "".join(linear(each) for each in element)


def _part(element: Element, name: str) -> str:
    found = child(element, name)
    return "" if found is None else linear(found)


def _grouped(text: str) -> str:
    """In brackets, unless it is one letter or number, or stands in brackets already."""
    is_plain = text.isalnum() or len(text) < 2
    return text if is_plain else f"({text})"


def _fraction(element: Element) -> str:
    return f"{_grouped(_part(element, 'm:num'))}/{_grouped(_part(element, 'm:den'))}"


def _raised(element: Element) -> str:
    low, high = _SIGNS[name_of(element)]
    base = _part(element, "m:e")
    base = f"({base})" if base and not base.isalnum() and base[-1] != ")" else base
    below = f"{low}{_grouped(_part(element, 'm:sub'))}" if low else ""
    above = f"{high}{_grouped(_part(element, 'm:sup'))}" if high else ""
    return base + below + above


def _root(element: Element) -> str:
    degree = _part(element, "m:deg")
    sign = {"": "√", "3": "∛", "4": "∜"}.get(degree, f"√[{degree}]")
    return f"{sign}({_part(element, 'm:e')})"


def _sum(element: Element) -> str:
    sign = value(child(child(element, "m:naryPr"), "m:chr")) or "∫"
    below, above = _part(element, "m:sub"), _part(element, "m:sup")
    written = (
        sign + (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")
    )
    return f"{written} {_part(element, 'm:e')}"


def _brackets(element: Element) -> str:
    properties = child(element, "m:dPr")
    begin, end = child(properties, "m:begChr"), child(properties, "m:endChr")
    between = value(child(properties, "m:sepChr")) or "|"
    inner = between.join(linear(each) for each in element if name_of(each) == "m:e")
    return f"{'(' if begin is None else value(begin)}{inner}{')' if end is None else value(end)}"


def _function(element: Element) -> str:
    return f"{_part(element, 'm:fName')} {_part(element, 'm:e')}"


def _matrix(element: Element) -> str:
    return "; ".join(linear(row) for row in find_all(element, "m:mr"))


_BUILT = {
    "m:f": _fraction,
    "m:sSup": _raised,
    "m:sSub": _raised,
    "m:sSubSup": _raised,
    "m:rad": _root,
    "m:nary": _sum,
    "m:d": _brackets,
    "m:func": _function,
    "m:m": _matrix,
}
