"""OpenAI: models, files, batches."""

from __future__ import annotations

import json
from typing import Any

from limelight.testing.fake.exchange import Json, Reply
from limelight.testing.fake.openai_chat import SNAPSHOTS
from limelight.testing.fake.sse import dump
from limelight.testing.fake.vendor import EPOCH_S, Take

DAY_S = 86_400
TIMES = (
    "in_progress_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
)


def models(take: Take) -> Reply:
    return Reply({"object": "list", "data": [_model(name) for name in SNAPSHOTS]})


def model(take: Take) -> Reply:
    return Reply(_model(take.args[0]))


def _model(name: str) -> Json:
    return {"id": name, "object": "model", "created": EPOCH_S, "owned_by": "system"}


def upload(take: Take) -> Reply:
    given = take.body.get("file") or {"filename": "nothing", "bytes": b""}
    return Reply(_keep_file(take, given["filename"], given["bytes"], str(take.body.get("purpose"))))


def _keep_file(take: Take, name: str, content: bytes, purpose: str) -> Json:
    file: Json = {"object": "file", "id": take.ids("file-", 22), "purpose": purpose, "filename": name}
    file |= {
        "bytes": len(content),
        "created_at": EPOCH_S,
        "expires_at": None,
        "status": "processed",
        "status_details": None,
    }
    take.shelf.kept[file["id"]] = file
    take.shelf.contents[file["id"]] = content
    return file


def _listed(take: Take, kind: str) -> Reply:
    found = [thing for thing in take.shelf.kept.values() if thing.get("object") == kind]
    ends = {"first_id": found[0]["id"], "last_id": found[-1]["id"]} if found else {"first_id": None, "last_id": None}
    return Reply({"object": "list", "data": found, **ends, "has_more": False})


def files(take: Take) -> Reply:
    return _listed(take, "file")


def batches(take: Take) -> Reply:
    return _listed(take, "batch")


def _missing(take: Take) -> Reply:
    message = f"No such object: {take.args[0]}"
    return Reply({"error": {"message": message, "type": "invalid_request_error", "param": "id", "code": None}}, 404)


def file(take: Take) -> Reply:
    kept = take.shelf.kept.get(take.args[0])
    return _missing(take) if kept is None else Reply(kept)


def content(take: Take) -> Reply:
    kept = take.shelf.contents.get(take.args[0])
    return _missing(take) if kept is None else Reply(kept, headers={"content-type": "application/octet-stream"})


def delete_file(take: Take) -> Reply:
    if take.shelf.kept.pop(take.args[0], None) is None:
        return _missing(take)
    take.shelf.contents.pop(take.args[0], None)
    return Reply({"object": "file", "id": take.args[0], "deleted": True})


def create_batch(take: Take) -> Reply:
    given = take.body
    lines = _lines(take, str(given.get("input_file_id")))
    batch: Json = {
        "id": take.ids.hex("batch_", 32),
        "object": "batch",
        "endpoint": given.get("endpoint"),
        "errors": None,
    }
    batch |= {
        "input_file_id": given.get("input_file_id"),
        "completion_window": given.get("completion_window", "24h"),
    }
    batch |= {
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "metadata": given.get("metadata"),
    }
    batch |= {"created_at": EPOCH_S, "expires_at": EPOCH_S + DAY_S, **dict.fromkeys(TIMES)}
    batch |= {"request_counts": {"total": len(lines), "completed": 0, "failed": 0}}
    take.shelf.kept[batch["id"]] = batch
    return Reply(batch)


def batch(take: Take) -> Reply:
    """Every look at a batch moves it on: validating, in progress, completed."""
    kept = take.shelf.kept.get(take.args[0])
    if kept is None:
        return _missing(take)
    if kept["status"] == "validating":
        kept = {**kept, "status": "in_progress", "in_progress_at": EPOCH_S + 1}
    elif kept["status"] == "in_progress":
        kept = _completed(take, kept)
    take.shelf.kept[kept["id"]] = kept
    return Reply(kept)


def cancel_batch(take: Take) -> Reply:
    kept = take.shelf.kept.get(take.args[0])
    if kept is None:
        return _missing(take)
    kept = {**kept, "status": "cancelling", "cancelling_at": EPOCH_S + 2}
    take.shelf.kept[kept["id"]] = kept
    return Reply(kept)


def _completed(take: Take, batch: Json) -> Json:
    results = [_result(take, line) for line in _lines(take, batch["input_file_id"])]
    written = b"".join(dump(result) + b"\n" for result in results)
    output = _keep_file(take, f"{batch['id']}_output.jsonl", written, "batch_output")
    failed = sum(result["response"]["status_code"] >= 400 for result in results)
    counts = {"total": len(results), "completed": len(results) - failed, "failed": failed}
    ended = {"status": "completed", "finalizing_at": EPOCH_S + 2, "completed_at": EPOCH_S + 3}
    return {**batch, **ended, "output_file_id": output["id"], "request_counts": counts}


def _result(take: Take, line: Json) -> Json:
    reply = take.ask(line.get("url", "/v1/chat/completions"), line.get("body") or {})
    response = {"status_code": reply.status, "request_id": take.ids.hex("", 32), "body": reply.body}
    return {
        "id": take.ids.hex("batch_req_", 32),
        "custom_id": line.get("custom_id"),
        "response": response,
        "error": None,
    }


def _lines(take: Take, file_id: str) -> list[Any]:
    return [json.loads(line) for line in take.shelf.contents.get(file_id, b"").splitlines() if line.strip()]
