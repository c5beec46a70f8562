"""The page of recorded calls is what `make conformance-docs` writes, of whatever was found."""

from __future__ import annotations

from tests.corpus.verdicts import Verdict, judged, known, together
from tools.conformance import PAGE, page


def row(call: str, *missed: str, provider: str = "nobody") -> dict[str, object]:
    scores = dict.fromkeys(("model", "output", "duration", *missed), 1) | dict.fromkeys(missed, 0)
    return {
        "id": call,
        "provider": provider,
        "score": scores,
        "client_ok": True,
        "wire": [{"match": True, "diff": None}],
    }


def runs(*rows: dict[str, object]) -> dict[tuple[str, str], dict[str, Verdict]]:
    found = {str(one["id"]): one for one in rows}
    return {("newest", "sync"): judged(found, found)}


def test_a_miss_without_a_reason_says_so() -> None:
    assert "| *not explained yet* | `output` | `call-1` |" in page(runs(row("call-1", "output"), row("call-2")))


def test_a_miss_with_a_reason_gives_it() -> None:
    reason = known()[0]
    text = page(runs(row(reason["calls"][0], *reason["fields"])))
    assert reason["why"] in text
    assert "not explained yet" not in text


def test_the_clock_needs_no_reason() -> None:
    verdict = together(runs(row("call-1", "duration"))["newest", "sync"].values())
    assert verdict.unexplained == {}
    assert verdict.perfect == verdict.calls == 1
    assert verdict.fields_share < 1


def test_changed_requests_and_worse_results_are_counted() -> None:
    before, after = row("call-1"), {**row("call-1"), "client_ok": False, "wire": [{"match": False, "diff": ["body"]}]}
    verdict = together(judged({"call-1": before}, {"call-1": after}).values())
    assert (verdict.wire_changed, verdict.worse_off) == (["call-1"], ["call-1"])
    assert "| newest | sync | 1 | 100.00% | 100.00% | 0 | 2 |" in page({("newest", "sync"): {"nobody": verdict}})


def test_the_committed_page_has_no_miss_without_a_reason() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "not explained yet" not in text
    assert "| newest | sync |" in text
