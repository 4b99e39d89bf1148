"""UIMA CAS, as XMI and as JSON: UTF-16 offsets, other people's types, and ours, lossless."""

import builtins
import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cassis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.document import Annotated, Annotation, Document
from annotations.errors import BadInput, BadLine
from annotations.formats import Member, Reading, cas, casjson
from tests.conformance_data import conformance
from tests.documents import DOCUMENTS
from tests.formats.roundtrip import assert_round_trip, read, written
from tests.formats.test_jsonl import annotated

EMOJI = "📞 Trump called 👩‍🚀 Maduro"


def member(name: str, content: str | bytes) -> Member:
    data = content.encode() if isinstance(content, str) else content
    return Member(name, len(data), lambda: io.BytesIO(data))


def gathered(reading: Reading | None = None, **files: str | bytes) -> list[Annotated]:
    """The documents of files: ``a_xmi`` is the file ``a.xmi``."""
    names = {name: ".".join(name.rsplit("_", 1)) for name in files}
    return list(cas.gather([member(names[name], files[name]) for name in files], None, reading))


def quotes(found: Annotated) -> list[tuple[str, str]]:
    text = found.document.text
    return [(text[mark.start : mark.end], mark.label) for mark in found.annotations]


PLACED = 'tcas:Annotation xmi:id="2" sofa="1" begin="{}" end="{}"'


def xmi(text: str, *annotations: str, more: str = "", members: Sequence[int] = ()) -> str:
    listed = " ".join(map(str, members or range(2, 2 + len(annotations))))
    return (
        '<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore"\n'
        ' xmlns:tcas="http:///uima/tcas.ecore" xmlns:custom="http:///webanno/custom.ecore"\n'
        ' xmlns:ner="http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore"\n'
        ' xmlns:seg="http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore"\n'
        ' xmlns:meta="http:///de/tudarmstadt/ukp/dkpro/core/api/metadata/type.ecore"\n'
        f' xmi:version="2.0">\n{more}<cas:NULL xmi:id="0"/>\n'
        + "".join(f"<{each}/>\n" for each in annotations)
        + f'<cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" sofaString="{text}"/>\n'
        f'<cas:View sofa="1" members="{listed}"/></xmi:XMI>'
    )


def type_system(types: Mapping[str, Mapping[str, str]]) -> str:
    """A type system: by name, the features of an annotation with the types of their values."""
    made = cassis.TypeSystem()
    for name in types:
        made.create_type(name, "uima.tcas.Annotation")
    for name, features in types.items():
        for feature, range_type in features.items():
            made.create_feature(made.get_type(name), feature, range_type)
    found: str = made.to_xml()
    return found


STRING, BOOLEAN = "uima.cas.String", "uima.cas.Boolean"
INCEPTION = type_system(
    {
        "webanno.custom.Claim": {
            "stance": STRING,
            "sure": "uima.cas.Boolean",
            "n": "uima.cas.Integer",
        },
        "webanno.custom.Actor": {"name": STRING},
        "webanno.custom.MadeBy": {
            "Governor": "webanno.custom.Claim",
            "Dependent": "webanno.custom.Actor",
            "label": STRING,
            "why": STRING,
        },
    }
)


# ── ours ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["cas", "casjson"])
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_every_nasty_document_comes_back(name: str, document: Annotated) -> None:
    if document.document.title != "huge":
        _checked(name, [document])


def _checked(name: str, documents: Sequence[Annotated]) -> None:
    """An archive of JSON is read member by member, as an import does it."""
    if name == "cas":
        assert_round_trip("cas", documents)
        return
    data, lost = written("casjson", documents)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents = [archive.read(each) for each in archive.namelist()]
    assert [each for content in contents for each in read("casjson", content)] == list(documents)
    assert lost == {}


@given(st.lists(annotated(), max_size=2))
@settings(max_examples=40)
def test_whatever_goes_out_as_json_comes_back(documents: list[Annotated]) -> None:
    _checked("casjson", documents)


@given(annotated())
@settings(max_examples=40)
def test_whatever_goes_out_as_xmi_comes_back_but_for_what_xml_cannot_hold(
    document: Annotated,
) -> None:
    data, lost = written("cas", [document])
    (found,) = read("cas", data)
    text = document.document.text
    told = sum(1 for one, other in zip(text, found.document.text, strict=True) if one != other)
    assert +lost == ({"texts": told} if told else {})
    if not told:
        assert found == document


def test_what_is_written_is_what_dkpro_cassis_covers() -> None:
    data, _ = written("cas", [DOCUMENTS["astral"]])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = cassis.load_typesystem(io.BytesIO(archive.read("TypeSystem.xml")))
        loaded = cassis.load_cas_from_xmi(io.BytesIO(archive.read("astral.xmi")), types)
    assert [
        (each.get_covered_text(), each.label, each.fragments)
        for each in loaded.select("postil.Span")
    ] == [
        ("Trump", "actor", None),
        ("📞 Maduro 🇻🇪", "actor", None),
        ("𐍈𐍉 said “no” 👨‍👩‍👧‍👦!", "claim", "24-33 50-51"),
        ("👨‍👩‍👧‍👦", "claim", None),
    ]


@pytest.mark.parametrize("name", ["astral", "right_to_left", "nested", "rich"])
def test_dkpro_cassis_covers_the_same_in_xmi_and_json(name: str) -> None:
    document = DOCUMENTS[name]
    data, _ = written("casjson", [document])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        loaded = [cassis.load_cas_from_json(archive.read(f"{name}.json").decode())]
    data, _ = written("cas", [document])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = cassis.load_typesystem(io.BytesIO(archive.read("TypeSystem.xml")))
        loaded.append(cassis.load_cas_from_xmi(io.BytesIO(archive.read(f"{name}.xmi")), types))
    text = document.document.text
    expected = sorted((text[m.start : m.end], m.label) for m in document.annotations)
    for each in loaded:
        spans = each.select("postil.Span")
        assert sorted((span.get_covered_text(), span.label) for span in spans) == expected
        labels = sorted(relation.label for relation in each.select("postil.Relation"))
        assert labels == sorted(relation.label for relation in document.relations)


def test_a_character_that_xml_cannot_hold_is_replaced_in_its_place_and_counted() -> None:
    document = Annotated(
        document=Document(id="d", title="d\x01", text="a\x0bb\x1fc"),
        annotations=(Annotation(id="m", start=2, end=5, label="x\x02", note="\x03"),),
    )
    data, lost = written("cas", [document])
    (found,) = read("cas", data)
    assert lost == {"texts": 2}
    assert (found.document.title, found.document.text) == ("d\x01", "a\ufffdb\ufffdc")
    assert found.annotations == document.annotations


def test_the_same_values_give_the_same_bytes() -> None:
    for name in ("cas", "casjson"):
        documents = [DOCUMENTS["rich"], DOCUMENTS["astral"]]
        assert written(name, documents) == written(name, documents)


# ── other people's ────────────────────────────────────────────────────────────────────────────────


def test_inceptions_layers_become_marks_attributes_and_relations() -> None:
    (found,) = gathered(
        a_xmi=xmi(
            "Maduro says no",
            'custom:Claim xmi:id="2" sofa="1" begin="7" end="14" stance="against" sure="true" '
            'n="3"',
            'custom:Actor xmi:id="3" sofa="1" begin="0" end="6"',
            'custom:MadeBy xmi:id="4" sofa="1" begin="0" end="6" Governor="2" Dependent="3" '
            'label="made by" why="verb"',
        ),
        TypeSystem_xml=INCEPTION,
    )
    assert quotes(found) == [("says no", "Claim"), ("Maduro", "Actor")]
    claim, actor = found.annotations
    assert claim.attributes == {"stance": "against", "sure": True, "n": 3}
    (relation,) = found.relations
    assert (relation.head, relation.child, relation.label) == (claim.id, actor.id, "made by")
    assert relation.extra == {"cas": {"why": "verb"}}


def test_dkpros_named_entities_are_labelled_with_their_value_and_tokens_are_counted() -> None:
    reading = Reading()
    (found,) = gathered(
        reading,
        call_xmi=xmi(
            "Maduro says no",
            'ner:NamedEntity xmi:id="2" sofa="1" begin="0" end="6" value="PER" identifier="Q1"',
            'seg:Token xmi:id="3" sofa="1" begin="0" end="6"',
            'seg:Sentence xmi:id="4" sofa="1" begin="0" end="14"',
            'ner:Person xmi:id="5" sofa="1" begin="7" end="7"',
            'meta:DocumentMetaData xmi:id="6" sofa="1" begin="0" end="14" documentTitle="The call" '
            'language="en"',
        ),
    )
    assert quotes(found) == [("Maduro", "PER")]
    assert found.annotations[0].attributes == {"identifier": "Q1"}
    assert found.document.title == "The call"
    assert reading.lost == {
        "tokens, sentences and what is said of them": 2,
        "spans without a character": 1,
    }


def test_an_unknown_type_says_what_to_put_beside_it() -> None:
    with pytest.raises(BadLine, match=r"^a\.xmi: .*custom\.Claim.*TypeSystem\.xml"):
        gathered(a_xmi=xmi("Yes", 'custom:Claim xmi:id="2" sofa="1" begin="0" end="3"'))


def test_line_ends_are_counted_as_they_came() -> None:
    (found,) = gathered(
        a_xmi=xmi("One&#13;&#10;two", 'tcas:Annotation xmi:id="2" sofa="1" begin="5" end="8"')
    )
    assert (found.document.text, quotes(found)) == ("One\ntwo", [("two", "Annotation")])


# ── what is refused ───────────────────────────────────────────────────────────────────────────────


def test_an_offset_in_the_middle_of_a_character_is_refused_by_its_line() -> None:
    with pytest.raises(BadLine, match=r"^a\.xmi, line 8: 1–2: .* middle of a character"):
        gathered(a_xmi=xmi(EMOJI, 'tcas:Annotation xmi:id="2" sofa="1" begin="1" end="2"'))
    said = json.loads(_json(Annotated(document=Document(id="d", title="d", text=EMOJI))))
    said["%FEATURE_STRUCTURES"].append(
        {"%ID": 99, "%TYPE": "uima.tcas.Annotation", "@sofa": 1, "begin": 1, "end": 2}
    )
    with pytest.raises(BadLine, match=r"1–2: .* middle of a character"):
        list(casjson.read(io.BytesIO(json.dumps(said).encode())))


def _json(document: Annotated) -> bytes:
    data, _ = written("casjson", [document])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(archive.namelist()[0])


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY a{n} "{"&a" + (str(n - 1) if n else "") + ";"}">' for n in range(9))
    + "]>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [LAUGHS, OUTSIDE, '<!DOCTYPE x SYSTEM "http://localhost/x.dtd">'])
@pytest.mark.parametrize("file", ["a_xmi", "TypeSystem_xml"])
def test_xml_that_defines_entities_is_refused(head: str, file: str) -> None:
    files: dict[str, str | bytes] = {"a_xmi": xmi("Yes"), "TypeSystem_xml": INCEPTION}
    said = str(files[file])
    files[file] = head + (said.split("?>", 1)[1] if said.startswith("<?") else said)
    with pytest.raises(BadLine, match=r"document type of its own"):
        gathered(**files)  # type: ignore[arg-type]


EVIL = ['a=exec("1/0").x,c', "b):", "a b", "1a", "a.b", "b'"]


@pytest.mark.parametrize("name", EVIL)
def test_a_feature_whose_name_would_be_run_is_refused_before_it_is(name: str) -> None:
    types = type_system({"webanno.custom.Claim": {name.replace('"', "&quot;"): STRING}})
    claim = 'custom:Claim xmi:id="2" sofa="1" begin="0" end="1"'
    with pytest.raises(BadLine, match=r"TypeSystem.xml: the type webanno.custom.Claim has a feat"):
        gathered(a_xmi=xmi("Yes", claim), TypeSystem_xml=types)

    said = json.loads(_json(DOCUMENTS["astral"]))
    said["%TYPES"]["postil.Span"][name] = {"%NAME": name, "%RANGE": "uima.cas.String"}
    with pytest.raises(BadLine, match=r"the type postil.Span has a feature"):
        list(casjson.read(io.BytesIO(json.dumps(said).encode())))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<a>", "a.xmi, line 1: this is no XML that can be read"),
        ("", "a.xmi, line 1: this is no XML that can be read: no element found"),
        ("<a/>", "a.xmi: Type with name [] not found"),
        ("<xmi:XMI xmlns:xmi='x'><cas:b xmlns:cas='c'/></xmi:XMI>", "a.xmi: "),
        (xmi("Yes").replace(' sofaString="Yes"', ""), "a.xmi: there is no text in it"),
        (
            xmi("Yes", PLACED.format("x", "1")),
            "a.xmi, line 8: begin",
        ),
        (xmi("Yes", PLACED.format("2", "1")), "a.xmi, line 8: 2–1"),
        (xmi("Yes", PLACED.format("0", "9")), "a.xmi, line 8: 0–9"),
        ("<a>" * 99, "a.xmi, line 1: the elements are nested deeper"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(content: str, message: str) -> None:
    with pytest.raises(BadLine) as caught:
        gathered(a_xmi=content)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "this is not JSON"),
        (b"[]", "a CAS is one JSON object, and this is a list"),
        (b"{}", "there is no “%FEATURE_STRUCTURES”"),
        (b'{"%FEATURE_STRUCTURES": [{}]}', "each feature structure has a whole number"),
        (b'{"%FEATURE_STRUCTURES": [{"%ID": 1, "%TYPE": "x.Y"}]}', "this is no CAS|not found|x.Y"),
        (b'{"%FEATURE_STRUCTURES": []}', "there is no text in it"),
        (b"[" * 100_000, "something is nested too deep"),
        (b'{"%FEATURE_STRUCTURES": ' + b"1" * 5_000 + b"}", "a number in it is too long"),
        (b'{"%FEATURE_STRUCTURES": "\\u0000"}', "U\\+0000"),
        (b"\xff", "the file is not in UTF-8"),
    ],
)
def test_json_that_is_no_cas_is_refused_with_the_reason(content: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        list(casjson.read(io.BytesIO(content)))


@given(st.data())
@settings(max_examples=60)
def test_a_broken_file_is_never_another_error(data: st.DataObject) -> None:
    whole = _json(DOCUMENTS["astral"])
    place = data.draw(st.integers(0, len(whole)))
    cut = data.draw(st.integers(0, 30))
    broken = whole[:place] + data.draw(st.binary(max_size=9)) + whole[place + cut :]
    refusals: list[BadLine] = []
    list(casjson.read(io.BytesIO(broken), refusals.append))

    archive, _ = written("cas", [DOCUMENTS["astral"]])
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        said = opened.read("astral.xmi")
    place = data.draw(st.integers(0, len(said)))
    broken = said[:place] + data.draw(st.binary(max_size=9)) + said[place + cut :]
    list(cas.gather([member("a.xmi", broken)], refusals.append))
    assert all(refusal.reason for refusal in refusals)


def test_without_the_package_the_message_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **keywords: Any) -> Any:
        if name.partition(".")[0] == "cassis":
            raise ImportError(name)
        return real(name, *args, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadInput, match=r"pip install 'postil\[cas\]'"):
        gathered(a_xmi=xmi("Yes"))


# ── other people's files ──────────────────────────────────────────────────────────────────────────

COVERED = {
    "casWithEmojiUnicodeTextAndAnnotations": "🥳 This 👳🏻‍♀️ is ✆ a 🧔🏾‍♂️ test 👻",
    "casWithLeftToRightTextAndAnnotations": "هذا اختبار",
    "casWithTextAndAnnotations": "This is a test",
    "casWithTraditionalChineseTextAndAnnotations": "這 是 一個 測試",
}


def _folder(path: Path) -> list[Member]:
    files = [each for each in sorted(path.iterdir()) if each.suffix in (".xmi", ".xml")]
    return [member(each.name, each.read_bytes()) for each in files]


@pytest.mark.parametrize(("name", "words"), COVERED.items())
def test_cassis_own_files_cover_what_they_should_and_come_back(name: str, words: str) -> None:
    folder = conformance("cas", name)
    found = list(casjson.read(io.BytesIO((folder / "data.json").read_bytes())))
    if name == "casWithTextAndAnnotations":  # whose XMI leaves its text out
        with pytest.raises(BadLine, match="there is no text in it"):
            list(cas.gather(_folder(folder)))
    else:
        found += cas.gather(_folder(folder))
    for each in found:
        assert [quote for quote, _ in quotes(each)] == words.split(" ")
        assert {label for _, label in quotes(each)} == {"Annotation"}
        _checked("cas", [each])
        _checked("casjson", [each])


def test_losses_of_other_peoples_files_are_none() -> None:
    reading = Reading()
    for name in COVERED:
        with (conformance("cas", name) / "data.json").open("rb") as stream:
            list(casjson.read(stream, None, reading))
    assert reading.lost == Counter()


def test_files_with_the_same_types_have_them_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    create_type = cassis.TypeSystem.create_type

    def counted(types: Any, name: str, *args: Any, **said: Any) -> Any:
        made.append(name)
        return create_type(types, name, *args, **said)

    monkeypatch.setattr(cassis.TypeSystem, "create_type", counted)

    def types_made(documents: int) -> int:
        data = written("casjson", [DOCUMENTS["rich"]] * documents)[0]
        made.clear()
        assert len(read("casjson", data)) == documents
        return made.count("postil.Span")

    assert types_made(8) == types_made(1)


def test_each_file_of_an_archive_has_its_own_types() -> None:
    def file(name: str, feature: str) -> Member:
        said = {
            "%TYPES": {
                "custom.Claim": {
                    "%NAME": "custom.Claim",
                    "%SUPER_TYPE": "uima.tcas.Annotation",
                    feature: {"%NAME": feature, "%RANGE": STRING},
                }
            },
            "%FEATURE_STRUCTURES": [
                {"%ID": 1, "%TYPE": "uima.cas.Sofa", "sofaNum": 1, "sofaID": "_InitialView"}
                | {"mimeType": "text", "sofaString": "Ada left."},
                {"%ID": 2, "%TYPE": "custom.Claim", "@sofa": 1, "begin": 0, "end": 3}
                | {feature: name},
            ],
            "%VIEWS": {"_InitialView": {"%SOFA": 1, "%MEMBERS": [2]}},
        }
        return member(name, json.dumps(said))

    files = [file("a.json", "stance"), file("b.json", "tone"), file("c.json", "tone")]
    assert [found.annotations[0].attributes for found in casjson.gather(files)] == [
        {"stance": "a.json"},
        {"tone": "b.json"},
        {"tone": "c.json"},
    ]


# ── corpora of other people's files ───────────────────────────────────────────────────────────────


def entity(uid: int, begin: int, end: int, value: str = "PER") -> str:
    return f'ner:NamedEntity xmi:id="{uid}" sofa="1" begin="{begin}" end="{end}" value="{value}"'


def in_xml11(text: str, *annotations: str) -> str:
    return '<?xml version="1.1" encoding="UTF-8"?>' + xmi(text, *annotations)


@pytest.mark.parametrize("reference", ["&#12;", "&#x0C;", "&#012;"])
def test_xml_1_1_may_refer_to_control_characters(reference: str) -> None:
    (found,) = gathered(a_xmi=in_xml11(f"Hi {reference} \ue000 Ana", entity(2, 7, 10)))
    assert (found.document.text, quotes(found)) == ("Hi \x0c \ue000 Ana", [("Ana", "PER")])


CONTROLS = [chr(code) for code in range(1, 32)]


@given(st.text(st.sampled_from([*CONTROLS, "a", "é", "📞", "\ue000", "\ue001"]), max_size=20))
@settings(max_examples=30, deadline=None)
def test_any_control_characters_of_xml_1_1_are_read_in_their_places(text: str) -> None:
    said = "".join(f"&#{ord(each)};" if each < " " else each for each in f"{text}Ana")
    start = len(text.encode("utf-16-le")) // 2
    (found,) = gathered(a_xmi=in_xml11(said, entity(2, start, start + 3)))
    assert quotes(found) == [("Ana", "PER")]
    assert found.document.text == f"{text}Ana".replace("\r\n", "\n").replace("\r", "\n")


def test_features_may_refer_to_control_characters_too() -> None:
    claim = 'custom:Claim xmi:id="2" sofa="1" begin="0" end="3" stance="for&#1;against"'
    (found,) = gathered(a_xmi=in_xml11("Ana", claim), TypeSystem_xml=INCEPTION)
    assert found.annotations[0].attributes["stance"] == "for\x01against"


def test_xml_beside_a_cas_that_is_no_type_system_is_counted() -> None:
    reading = Reading()
    (found,) = gathered(
        reading,
        a_xmi=xmi("Ana met.", entity(2, 0, 3)),
        log4j2_xml="<Configuration status='WARN'/>",
        broken_xml="<",
        empty_xml="",
    )
    assert quotes(found) == [("Ana", "PER")]
    assert reading.lost == {"files that are neither a CAS nor a type system": 3}


def test_a_type_system_beside_it_does_not_hide_the_types_that_are_known() -> None:
    (found,) = gathered(a_xmi=xmi("Ana met.", entity(2, 0, 3)), types_xml=type_system({"x.Y": {}}))
    assert quotes(found) == [("Ana", "PER")]


def test_several_type_systems_in_a_folder_are_taken_together() -> None:
    (found,) = gathered(
        a_xmi=xmi("Ana met.", PLACED.format(0, 3).replace("tcas:Annotation", "custom:Claim")),
        a_xml=INCEPTION,
        b_xml=type_system({"x.Y": {}}),
    )
    assert quotes(found) == [("Ana", "Claim")]


def test_bad_annotations_and_bad_files_of_many_are_left_out_alone() -> None:
    problems: list[BadLine] = []
    files = {
        "a.xmi": xmi("Ana met.", entity(2, 0, 3), entity(3, 4, 99), entity(4, 4, 7, "V")),
        "b.xmi": "<xmi:XMI",
        "c.xmi": xmi("Bo.", entity(2, 0, 2)),
        "x/TypeSystem.xml": "<typeSystemDescription",
    }
    members = [member(name, content) for name, content in files.items()]
    found = list(cas.gather(members, problems.append))
    assert [quotes(each) for each in found] == [[("Ana", "PER"), ("met", "V")], [("Bo", "PER")]]
    assert [(each.name, each.line, each.part) for each in problems] == [
        ("x/TypeSystem.xml", 1, "file"), ("a.xmi", 9, "span"), ("b.xmi", 1, "file"),
    ]  # fmt: skip
    assert "the annotation 3: 4–99: 99–99 does not fit a text of 8 characters" in str(problems[1])


def by_people(found: Sequence[Annotated]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [
        (each.document.title, each.layer.annotator if each.layer else "", quotes(each))
        for each in found
    ]


@pytest.mark.parametrize("ending", ["xmi", "json"])
def test_folders_with_the_same_text_are_peoples(ending: str) -> None:
    texts = {
        "ann/story": ("Ada met Bob.", (0, 3)),
        "bea/story": ("Ada met Bob.", (8, 11)),
        "bea/other": ("Cleo.", (0, 4)),
    }
    members = []
    for name, (text, place) in texts.items():
        content = xmi(text, entity(2, *place))
        if ending == "json":
            made = cassis.load_cas_from_xmi(content, typesystem=cas.cas_types.known_types())
            content = made.to_json()
        members.append(member(f"{name}.{ending}", content))
    found = (cas if ending == "xmi" else casjson).gather(members)
    assert sorted(by_people(list(found))) == [
        ("other", "bea", [("Cleo", "PER")]),
        ("story", "ann", [("Ada", "PER")]),
        ("story", "bea", [("Bob", "PER")]),
    ]


def test_links_that_became_relations_are_not_counted_as_lost() -> None:
    types = cassis.TypeSystem()
    link = types.create_type("webanno.custom.Link", "uima.cas.TOP")
    types.create_feature(link, "role", STRING)
    types.create_feature(link, "target", "uima.tcas.Annotation")
    event = types.create_type("webanno.custom.Event", "uima.tcas.Annotation")
    types.create_feature(event, "who", "uima.cas.FSArray", elementType="webanno.custom.Link")
    made = cassis.Cas(types)
    made.sofa_string = "Ada met Bob."
    ada, bob = (event(begin=begin, end=begin + 3) for begin in (0, 8))
    met = event(begin=4, end=7)
    met.who = types.get_type("uima.cas.FSArray")(
        elements=[link(role="agent", target=ada), link(role="patient", target=bob)]
    )
    made.add_all([ada, met, bob])
    reading = Reading()
    (found,) = gathered(reading, a_xmi=made.to_xmi(), TypeSystem_xml=types.to_xml())
    assert [relation.label for relation in found.relations] == ["agent", "patient"]
    assert not reading.lost
