"""Words by which texts say who says or wants something, in English and Spanish.

Kept as data for whatever reads texts by rule: the order in which likely makers are offered, and
rules that suggest marks. A verb comes as its lemma with the forms that stand in news prose: the
third person, the past, the participles and the infinitive; all in lower case. Lists, not grammar: a
form that is also a noun (“claims”, “demands”) is in them like any other.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

Verbs = Mapping[str, tuple[str, ...]]
"""Lemma to forms; the lemma is one of them."""

LANGUAGES = ("en", "es")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _english(regular: str, irregular: Mapping[str, str]) -> Verbs:
    found = {verb: _english_forms(verb) for verb in regular.split()}
    found |= {verb: (verb, *forms.split()) for verb, forms in irregular.items()}
    return MappingProxyType(dict(sorted(found.items())))


def _english_forms(verb: str) -> tuple[str, ...]:
    """The forms of a regular verb; one whose last consonant is doubled is not regular here."""
    if verb.endswith("e"):
        return verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"
    third = "es" if verb.endswith(("s", "sh", "ch", "x", "z")) else "s"
    return verb, f"{verb}{third}", f"{verb}ed", f"{verb}ing"


_SPANISH_ENDINGS = {
    "ar": ("a", "an", "ó", "aron", "aba", "aban", "ado", "ada", "ando", "aría", "ará", "e", "en"),
    "er": ("e", "en", "ió", "ieron", "ía", "ían", "ido", "ida", "iendo", "ería", "erá", "a", "an"),
    "ir": ("e", "en", "ió", "ieron", "ía", "ían", "ido", "ida", "iendo", "iría", "irá", "a", "an"),
}


def _spanish(regular: str, irregular: Mapping[str, str]) -> Verbs:
    found = {verb: _spanish_forms(verb) for verb in regular.split()}
    found |= {verb: (verb, *forms.split()) for verb, forms in irregular.items()}
    return MappingProxyType(dict(sorted(found.items())))


def _spanish_forms(verb: str) -> tuple[str, ...]:
    """The forms of a verb whose stem does not change, but for its spelling before e."""
    stem, ending = verb[:-2], verb[-2:]
    soft = stem
    if ending == "ar":  # the subjunctive keeps the sound: explicar, explique; negar has a stem
        for hard, before_e in (("c", "qu"), ("g", "gu"), ("z", "c")):
            if stem.endswith(hard):
                soft = stem[: -len(hard)] + before_e
    forms = [
        (soft if ending == "ar" and form in ("e", "en") else stem) + form
        for form in _SPANISH_ENDINGS[ending]
    ]
    return (verb, *dict.fromkeys(forms))


REPORTING: Mapping[str, Verbs] = MappingProxyType(
    {
        "en": _english(
            "accuse acknowledge add affirm allege announce answer argue assert assure believe"
            " blame caution claim clarify comment complain concede conclude confirm consider"
            " contend contradict counter criticise criticize declare denounce deny describe"
            " detail disclose dispute doubt emphasise emphasize estimate expect explain express"
            " fear hint hope imply indicate inform insist judge justify maintain mention note"
            " object observe pledge point portray predict praise present proclaim promise quote"
            " react reason recall recount reiterate remark remind repeat reply report respond"
            " reveal signal state stress suggest suppose suspect tweet underline underscore"
            " voice vow warn welcome wonder",
            {
                "admit": "admits admitted admitting",
                "call": "calls called calling",
                "cite": "cites cited citing",
                "find": "finds found finding",
                "foresee": "foresees foresaw foreseen foreseeing",
                "hold": "holds held holding",
                "read": "reads reading",
                "rebut": "rebuts rebutted rebutting",
                "refer": "refers referred referring",
                "say": "says said saying",
                "see": "sees saw seen seeing",
                "set": "sets setting",
                "show": "shows showed shown showing",
                "speak": "speaks spoke spoken speaking",
                "swear": "swears swore sworn swearing",
                "tell": "tells told telling",
                "think": "thinks thought thinking",
                "write": "writes wrote written writing",
            },
        ),
        "es": _spanish(
            "aclarar acusar admitir afirmar agregar alegar añadir anunciar apuntar"
            " argumentar asegurar aseverar avisar calcular calificar citar comentar comunicar"
            " confirmar considerar constatar criticar cuestionar declarar denunciar"
            " describir descartar destacar detallar divulgar dudar enfatizar escribir esperar"
            " estimar explicar expresar filtrar indicar informar insinuar insistir"
            " interpretar juzgar justificar lamentar mencionar narrar notificar objetar"
            " observar opinar precisar proclamar prometer pronosticar publicar puntualizar"
            " ratificar reaccionar rebatir recalcar rechazar reiterar relatar replicar reportar"
            " responder resaltar responsabilizar resumir revelar señalar sospechar"
            " subrayar tachar temer tuitear valorar vaticinar",
            {
                "advertir": "advierte advierten advirtió advirtieron advertido advirtiendo",
                "confesar": "confiesa confiesan confesó confesaron confesaba confesado",
                "contar": "cuenta cuentan contó contaron contaba contado contando",
                "contradecir": "contradice contradicen contradijo contradijeron contradicho",
                "creer": "cree creen creyó creyeron creía creían creído creyendo",
                "decir": "dice dicen dijo dijeron decía decían dicho dicha diciendo diría diga",
                "desmentir": "desmiente desmienten desmintió desmintieron desmentido desmintiendo",
                "exponer": "expone exponen expuso expusieron exponía expuesto exponiendo",
                "manifestar": "manifiesta manifiestan manifestó manifestaron manifestado",
                "mantener": "mantiene mantienen mantuvo mantuvieron mantenía mantenido",
                "negar": "niega niegan negó negaron negaba negaban negado negando niegue",
                "pensar": "piensa piensan pensó pensaron pensaba pensado pensando",
                "predecir": "predice predicen predijo predijeron predicho prediciendo",
                "prever": "prevé prevén previó previeron preveía previsto",
                "proponer": "propone proponen propuso propusieron proponía propuesto",
                "reconocer": "reconoce reconocen reconoció reconocieron reconocía reconocido",
                "recordar": "recuerda recuerdan recordó recordaron recordaba recordado",
                "referir": "refiere refieren refirió refirieron refería referido refiriendo",
                "sostener": "sostiene sostienen sostuvo sostuvieron sostenía sostenido",
                "sugerir": "sugiere sugieren sugirió sugirieron sugería sugerido sugiriendo",
            },
        ),
    }
)
"""Verbs that say that somebody says, thinks or shows something."""

DEMANDING: Mapping[str, Verbs] = MappingProxyType(
    {
        "en": _english(
            "advise advocate appeal ask attempt beseech challenge claim command condition"
            " demand desire direct encourage exhort favour favor implore instruct invite"
            " lobby need oblige order petition plead press pressure propose push recommend"
            " request require summon threaten try urge want warn wish",
            {
                "beg": "begs begged begging",
                "bid": "bids bidding",
                "call": "calls called calling",
                "compel": "compels compelled compelling",
                "forbid": "forbids forbade forbidden forbidding",
                "insist": "insists insisted insisting",
                "let": "lets letting",
                "seek": "seeks sought seeking",
                "tell": "tells told telling",
            },
        ),
        "es": _spanish(
            "aconsejar animar apelar apremiar conminar demandar desear emplazar encargar"
            " exhortar gestionar implorar incitar insistir instar intentar invitar"
            " invocar llamar mandar necesitar obligar ordenar plantear pretender presionar"
            " prohibir procurar reclamar reivindicar solicitar suplicar urgir",
            {
                "advertir": "advierte advierten advirtió advirtieron advertido",
                "amenazar": "amenaza amenazan amenazó amenazaron amenazado amenazando",
                "exigir": "exige exigen exigió exigieron exigía exigían exigido exigiendo exija",
                "forzar": "fuerza fuerzan forzó forzaron forzado forzando",
                "imponer": "impone imponen impuso impusieron imponía impuesto",
                "pedir": "pide piden pidió pidieron pedía pedían pedido pidiendo pida pidan",
                "proponer": "propone proponen propuso propusieron proponía propuesto proponiendo",
                "querer": "quiere quieren quiso quisieron quería querían querido queriendo",
                "recomendar": "recomienda recomiendan recomendó recomendaron recomendado",
                "requerir": "requiere requieren requirió requirieron requería requerido",
                "rogar": "ruega ruegan rogó rogaron rogaba rogado",
            },
        ),
    }
)
"""Verbs that say that somebody wants somebody to do something, or to leave it undone."""

ATTRIBUTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": (
            "according to",
            "as told by",
            "cited by",
            "in the account of",
            "in the eyes of",
            "in the opinion of",
            "in the view of",
            "in the words of",
            "quoted by",
            "told by",
        ),
        "es": (
            "a juicio de",
            "citado por",
            "como dice",
            "de acuerdo con",
            "en opinión de",
            "en palabras de",
            "según",
        ),
    }
)
"""Phrases after which the one who says it is named."""

PRONOUNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": _words(
            "he she they him her them his hers their theirs it its himself herself themselves who"
        ),
        "es": _words(
            "él ella ellos ellas le les lo la los las su sus suyo suya este esta éste ésta"
            " quien quienes mismo misma"
        ),
    }
)
"""Words that stand for somebody named before."""

SOURCES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": _words(
            "agency agencies article author blog blogger broadcaster bulletin channel column"
            " columnist correspondent daily diplomat editor editorial expert insider investigation"
            " journal journalist magazine media network newspaper observer official officials"
            " outlet paper post press publication radio report reporter sources source spokesman"
            " spokesperson spokeswoman station study survey times tribune website weekly witness"
            " witnesses"
        ),
        "es": _words(
            "agencia agencias artículo autor autora cadena canal columna columnista corresponsal"
            " crónica diario diplomático editorial emisora encuesta estudio experto fuente fuentes"
            " informe investigación medio medios noticiero observador periódico periodista portavoz"
            " prensa publicación radio reportaje reportero revista semanario telediario testigo"
            " testigos vocero"
        ),
    }
)
"""Words that name who passes on what others say."""


AUXILIARIES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": _words("can could may might must shall should to will would"),
        "es": _words("debe deben debería podría puede pueden a para"),
    }
)
"""Words before a verb that does not say that somebody said it."""

ACCOUNTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": _words(
            "account argument article assessment column demand eyes judgement judgment offer"
            " opinion plan proposal reading report request story telling version view words"
        ),
        "es": _words(
            "artículo columna criterio crónica juicio lectura oferta opinión palabras parecer plan"
            " propuesta relato versión visión"
        ),
    }
)
"""What somebody says, where it is spoken of as theirs: “in her view”."""


def language_of(tag: str) -> str:
    """The primary part of a language tag, in lower case: “es” of “es-VE”."""
    return tag.replace("_", "-").split("-")[0].lower()


@cache
def forms(kind: str, language: str = "") -> frozenset[str]:
    """All forms of the ``"reporting"`` or ``"demanding"`` verbs of a language, in lower case.

    ``language`` is a tag; for one without a list, or none, the forms of all languages together.
    """
    lists = {"reporting": REPORTING, "demanding": DEMANDING}[kind]
    primary = language_of(language)
    chosen = (lists[primary],) if primary in lists else tuple(lists.values())
    return frozenset(form for verbs in chosen for each in verbs.values() for form in each)


@cache
def attributions(language: str = "") -> tuple[str, ...]:
    """The phrases of a language after which the one who says it is named; else of all."""
    primary = language_of(language)
    if primary in ATTRIBUTIONS:
        return ATTRIBUTIONS[primary]
    return tuple(phrase for phrases in ATTRIBUTIONS.values() for phrase in phrases)


@cache
def pronouns(language: str = "") -> frozenset[str]:
    """The pronouns of a language, in lower case; of all where there is no list for it."""
    primary = language_of(language)
    return PRONOUNS.get(primary) or frozenset().union(*PRONOUNS.values())


@cache
def sources(language: str = "") -> frozenset[str]:
    """The words of a language that name who reports, in lower case; else of all languages."""
    primary = language_of(language)
    return SOURCES.get(primary) or frozenset().union(*SOURCES.values())


@cache
def accounts(language: str = "") -> frozenset[str]:
    """The words of a language for what somebody says, in lower case; else of all languages."""
    primary = language_of(language)
    return ACCOUNTS.get(primary) or frozenset().union(*ACCOUNTS.values())


@cache
def auxiliaries(language: str = "") -> frozenset[str]:
    """The words of a language before a verb that nobody did yet, in lower case; else of all."""
    primary = language_of(language)
    return AUXILIARIES.get(primary) or frozenset().union(*AUXILIARIES.values())
