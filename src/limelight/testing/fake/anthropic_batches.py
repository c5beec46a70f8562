"""Anthropic: message batches, token counts, models, legacy completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limelight.testing.fake.anthropic_messages import SNAPSHOTS, STOP, prompt
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.script import Refusal, Text
from limelight.testing.fake.sse import dump
from limelight.testing.fake.tokens import count, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limelight.testing.fake.vendor import Take

CREATED = "2026-02-25T06:13:20+00:00"
ENDED = "2026-02-25T06:14:20+00:00"
EXPIRES = "2026-02-26T06:13:20+00:00"
STATES = ("processing", "succeeded", "errored", "canceled", "expired")


def create(take: Take) -> Reply:
    requests = take.body.get("requests") or []
    batch: Json = {
        "id": take.ids("msgbatch_01", 22),
        "type": "message_batch",
        "processing_status": "in_progress",
    }
    batch |= {"request_counts": {**dict.fromkeys(STATES, 0), "processing": len(requests)}, "ended_at": None}
    batch |= {
        "created_at": CREATED,
        "expires_at": EXPIRES,
        "archived_at": None,
        "cancel_initiated_at": None,
        "results_url": None,
    }
    take.shelf.kept[batch["id"]] = {"batch": batch, "requests": requests}
    return Reply(batch)


def _missing(take: Take) -> Reply:
    error = {"type": "not_found_error", "message": f"No message batch with id `{take.args[0]}`"}
    return Reply({"type": "error", "error": error}, 404)


def retrieve(take: Take) -> Reply:
    """The first look finds a batch ended."""
    kept = take.shelf.kept.get(take.args[0])
    if kept is None:
        return _missing(take)
    if kept["batch"]["ended_at"] is None:
        _end(take, kept)
    return Reply(kept["batch"])


def _end(take: Take, kept: Json) -> None:
    cancelled = kept["batch"]["cancel_initiated_at"] is not None
    kept["results"] = [_result(take, request, cancelled) for request in kept["requests"]]
    counts = dict.fromkeys(STATES, 0)
    for result in kept["results"]:
        counts[result["result"]["type"]] += 1
    url = f"{take.url}/v1/messages/batches/{kept['batch']['id']}/results"
    kept["batch"] |= {
        "processing_status": "ended",
        "request_counts": counts,
        "ended_at": ENDED,
        "results_url": url,
    }


def _result(take: Take, request: Json, cancelled: bool) -> Json:
    if cancelled:
        return {"custom_id": request["custom_id"], "result": {"type": "canceled"}}
    reply = take.ask("/v1/messages", {**request["params"], "stream": False})
    kind, field = ("succeeded", "message") if reply.status == 200 else ("errored", "error")
    return {"custom_id": request["custom_id"], "result": {"type": kind, field: reply.body}}


def results(take: Take) -> Reply:
    kept = take.shelf.kept.get(take.args[0])
    if kept is None or "results" not in kept:
        return _missing(take)
    lines = b"".join(dump(result) + b"\n" for result in kept["results"])
    return Reply(lines, headers={"content-type": "application/x-jsonl"})


def cancel(take: Take) -> Reply:
    kept = take.shelf.kept.get(take.args[0])
    if kept is None:
        return _missing(take)
    kept["batch"] |= {"processing_status": "canceling", "cancel_initiated_at": CREATED}
    return Reply(kept["batch"])


def delete(take: Take) -> Reply:
    if take.shelf.kept.pop(take.args[0], None) is None:
        return _missing(take)
    return Reply({"id": take.args[0], "type": "message_batch_deleted"})


def batches(take: Take) -> Reply:
    return _page([kept["batch"] for kept in take.shelf.kept.values() if "batch" in kept])


def _page(data: list[Json]) -> Reply:
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {"first_id": None, "last_id": None}
    return Reply({"data": data, "has_more": False, **ends})


def read_count(body: Json) -> Prompt:
    """Like a message, except that nobody says how long the answer may be."""
    if not body.get("model"):
        raise BadRequestError("model: Field required")
    return prompt(body)


def tokens(take: Take) -> Reply:
    return Reply({"input_tokens": take.prompt.input_tokens})


def models(take: Take) -> Reply:
    return _page([_model(name) for name in SNAPSHOTS.values()])


def model(take: Take) -> Reply:
    return Reply(_model(SNAPSHOTS.get(take.args[0], take.args[0])))


def _model(name: str) -> Json:
    return {
        "type": "model",
        "id": name,
        "display_name": name.replace("-", " ").title(),
        "created_at": CREATED,
    }


def read_completion(body: Json) -> Prompt:
    """The legacy endpoint: one text in which `Human:` and `Assistant:` take turns."""
    for name in ("model", "prompt", "max_tokens_to_sample"):
        if name not in body:
            raise BadRequestError(f"{name}: Field required")
    said = str(body["prompt"]).rpartition("Human:")[2].partition("\n\nAssistant:")[0]
    return Prompt(
        operation="completion",
        model=body["model"],
        text=said.strip(),
        input_tokens=count(body["prompt"]),
        max_tokens=body["max_tokens_to_sample"],
        stop=tuple(body.get("stop_sequences") or ()),
        stream=bool(body.get("stream")),
        body=body,
    )


def completion(take: Take) -> Reply:
    """It never says what was used."""
    text = "".join(part.text for part in take.answer.parts if isinstance(part, (Text, Refusal)))
    finish = take.answer.ending()
    body: Json = {"type": "completion", "id": take.ids("compl_01", 22), "completion": f" {text}"}
    body |= {"stop_reason": "stop_sequence" if finish == "stop" else STOP[finish], "model": take.prompt.model}
    body |= {"stop": take.answer.stop_sequence, "log_id": body["id"]}
    return Reply(events=tuple(_completion_events(body))) if take.prompt.stream else Reply(body)


def _completion_events(body: Json) -> Iterator[Event]:
    for index, piece in enumerate(pieces(body["completion"])):
        if index == 1:
            yield Event({"type": "ping"}, "ping")
        yield Event({**body, "completion": piece, "stop_reason": None, "stop": None}, "completion")
    yield Event({**body, "completion": ""}, "completion")
