"""Kept while the backend is away, sent once, in order, by whoever comes next."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from limelight.pipeline.spool import CLAIM_S, Spool

URL = "http://127.0.0.1:4318/v1/traces"


def test_what_is_put_is_claimed_in_order_and_gone_when_sent(tmp_path: Path) -> None:
    spool = Spool(tmp_path, URL)
    assert len(spool) == 0
    assert list(spool.claim()) == []
    for body in (b"one", b"two", b"three"):
        spool.put(body)
    assert len(spool) == 3
    taken = []
    for claim in Spool(tmp_path, URL).claim():
        taken.append(claim.body)
        claim.sent()
    assert taken == [b"one", b"two", b"three"]
    assert list(spool.folder.iterdir()) == []


def test_each_backend_has_its_own(tmp_path: Path) -> None:
    Spool(tmp_path, URL).put(b"one")
    assert len(Spool(tmp_path, URL + "/other")) == 0


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path, URL)
    spool.put(b"private")
    (file,) = spool.folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700


def test_nobody_claims_what_another_has_claimed(tmp_path: Path) -> None:
    spool = Spool(tmp_path, URL)
    spool.put(b"one")
    claim = next(spool.claim())
    assert list(Spool(tmp_path, URL).claim()) == []
    claim.give_back()
    assert [again.body for again in Spool(tmp_path, URL).claim()] == [b"one"]


def test_a_claim_whose_process_died_is_released(tmp_path: Path) -> None:
    spool = Spool(tmp_path, URL)
    spool.put(b"one")
    next(spool.claim())
    (file,) = spool.folder.iterdir()
    long_ago = file.stat().st_mtime - CLAIM_S - 1
    os.utime(file, (long_ago, long_ago))
    assert [again.body for again in spool.claim()] == [b"one"]


def test_a_full_folder_loses_its_oldest(tmp_path: Path) -> None:
    spool = Spool(tmp_path, URL, max_bytes=10)
    for body in (b"1111", b"2222", b"3333"):
        spool.put(body)
    assert [claim.body for claim in spool.claim()] == [b"2222", b"3333"]


def test_a_disk_that_will_not_have_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        Spool(tmp_path / "file", URL).put(b"one")
