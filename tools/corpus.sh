#!/usr/bin/env bash
# Replay recorded provider traffic through the real client libraries and check what Limelight made of it.
# The recordings are third-party data and no part of this repository: LIMELIGHT_CORPUS names their folder.
# The clients of each generation are installed once, into LIMELIGHT_CORPUS_VENV (a folder below /tmp unless set).
set -euo pipefail
cd "$(dirname "$0")/.."
corpus=${LIMELIGHT_CORPUS:-../shared/corpus}
if [ ! -f "$corpus/drive.py" ]; then
  echo "conformance: skipped, no recordings in $corpus (set LIMELIGHT_CORPUS to their folder)"
  exit 0
fi
LIMELIGHT_CORPUS=$(realpath "$corpus") exec .venv/bin/python -m pytest -m corpus "$@" tests
