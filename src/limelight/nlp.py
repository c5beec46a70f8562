"""Names and addresses of people, found by Presidio: `mask="nlp"`, or a function for `mask=[…]` with an analyzer of your own.

Presidio and the language model that it asks come with `pip install 'limelight[pii-nlp]'` and `python -m spacy download …`;
nothing is loaded from the network here.
"""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["names_and_addresses"]

ENTITIES = ("PERSON", "LOCATION")
MAX_CHARS = 100_000
"""Of a text that is given to the language model at once; its memory grows with that."""
SIZES = ("sm", "md", "lg", "trf")
"""Of spaCy's models, the quickest first."""


def names_and_addresses(
    analyzer: Any = None, *, language: str = "en", entities: Sequence[str] = ENTITIES, threshold: float = 0.4
) -> Callable[[str], str]:
    """A function that replaces what a Presidio `AnalyzerEngine` finds; for `limelight.init(mask=["pii", …])`.

    Args:
        analyzer: Your own, with the recognizers that you want; by default one around the installed spaCy model.
        language: Of the texts, as the analyzer knows it.
        entities: What to replace, in Presidio's words.
        threshold: How sure Presidio has to be, 0 to 1.

    Raises:
        ValueError: Presidio or a language model is not installed.
    """
    engine = analyzer if analyzer is not None else _analyzer(language)
    turn = threading.Lock()  # spaCy's pipelines are shared by no threads

    def masked(text: str) -> str:
        with turn:
            pieces = [_replaced(engine, piece, language, entities, threshold) for piece in _pieces(text)]
        return "".join(pieces)

    return masked


def expanded(mask: Any) -> Any:
    """The levels of a `mask` setting, with `nlp` as what it stands for: level `pii`, and a function."""
    given = [mask] if isinstance(mask, str) or callable(mask) else list(mask)
    if "nlp" not in given:
        return mask
    return ["pii", *(names_and_addresses() if level == "nlp" else level for level in given)]


def _replaced(engine: Any, text: str, language: str, entities: Sequence[str], threshold: float) -> str:
    found = engine.analyze(text=text, language=language, entities=list(entities), score_threshold=threshold)
    pieces, last = [], 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.start >= last:
            pieces += [text[last : one.start], f"[REDACTED:{one.entity_type.lower()}]"]
        last = max(last, one.end)
    return "".join([*pieces, text[last:]])


def _pieces(text: str) -> list[str]:
    """Cut where a word ends, so that no name is cut in two."""
    pieces = []
    while len(text) > MAX_CHARS:
        end = text.rfind(" ", 1, MAX_CHARS) + 1 or MAX_CHARS
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


def _analyzer(language: str) -> Any:
    presidio, engines = _module("presidio_analyzer"), _module("presidio_analyzer.nlp_engine")
    model = {"lang_code": language, "model_name": _model(language)}
    provider = engines.NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": [model]})
    return presidio.AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=[language])


def _model(language: str) -> str:
    """One that is installed: Presidio would fetch a missing one from the network by itself."""
    installed = _module("spacy.util").get_installed_models()
    found = [name for size in SIZES for name in installed if name.startswith(f"{language}_") and name.endswith(size)]
    if not found:
        raise ValueError(
            f"`mask` level `nlp` needs a spaCy model for {language!r}: run `python -m spacy download {language}_core_web_sm`, "
            "or give `limelight.nlp.names_and_addresses()` an analyzer of your own"
        )
    return str(found[0])


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ValueError(
            f"`mask` level `nlp` needs Presidio: run `pip install 'limelight[pii-nlp]'` ({error})"
        ) from error
