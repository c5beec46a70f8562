"""Level `nlp`: what is said when a part of it is missing; and Presidio itself, where it is installed."""

from __future__ import annotations

import importlib.util
import sys

import pytest

import limelight
from limelight.core.masking import Masker
from limelight.nlp import expanded, names_and_addresses


def test_a_missing_presidio_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(limelight.ConfigError, match=r"`nlp` needs Presidio: run `pip install 'limelight\[pii-nlp\]'`"):
        limelight.Limelight(mask="nlp")
    with pytest.raises(limelight.ConfigError, match="needs Presidio"):
        limelight.Limelight(mask=["nlp", str.upper])


def test_other_levels_are_left_as_they_are() -> None:
    given = ["secrets", str.upper]
    assert (expanded("pii"), expanded(str.upper), expanded(given)) == ("pii", str.upper, given)


class Words:
    """An analyzer that knows some words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def analyze(self, text: str, **asked: object) -> list[Found]:
        assert asked == {"language": "en", "entities": ["PERSON"], "score_threshold": 0.4}
        return [Found(at, at + len(word)) for word in self.words if (at := text.find(word)) >= 0]


class Found:
    entity_type = "PERSON"

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end


def test_what_overlaps_is_replaced_once_and_long_texts_in_pieces() -> None:
    mask = names_and_addresses(Words("Ann Lee", "Ann", "Lee", "Zoe"), entities=["PERSON"])
    assert mask("Ann Lee and Zoe") == "[REDACTED:person] and [REDACTED:person]"
    assert mask("") == ""
    long = "word " * 30_000 + "Ann Lee"
    assert mask(long) == "word " * 30_000 + "[REDACTED:person]"
    assert Masker(["pii", mask]).text("Zoe: zoe@shop.example") == "[REDACTED:person]: [REDACTED:email]"


needs_presidio = pytest.mark.skipif(
    importlib.util.find_spec("presidio_analyzer") is None, reason="needs `limelight[pii-nlp]`"
)


@needs_presidio
def test_presidio_itself_finds_what_its_recognizers_know() -> None:
    """With a language model that knows no names, and recognizers that do."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    engine.nlp = {"en": spacy.blank("en")}
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    people = PatternRecognizer(supported_entity="PERSON", deny_list=["Ann Lee", "Bob"])
    street = Pattern("street", r"\d+ [A-Z]\w+ (?:Street|Road)", 0.8)
    analyzer.registry.add_recognizer(people)
    analyzer.registry.add_recognizer(PatternRecognizer(supported_entity="LOCATION", patterns=[street]))
    with limelight.Limelight(mask=["pii", names_and_addresses(analyzer)], instrument=False, enabled=False) as instance:
        masker = instance.pipeline.policy.masker
        assert masker is not None
        assert masker.text("Ann Lee (ann@shop.example) lives in 12 Baker Street with Bob.") == (
            "[REDACTED:person] ([REDACTED:email]) lives in [REDACTED:location] with [REDACTED:person]."
        )


@needs_presidio
def test_a_missing_language_model_is_a_clear_error_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spacy.util.get_installed_models", list)
    with pytest.raises(limelight.ConfigError, match="needs a spaCy model for 'en': run `python -m spacy download"):
        limelight.Limelight(mask="nlp")
