"""The runner of the examples fails where an example fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import blocks, program

PAGE = """\
# Page

```python
first = 1
```

```python no-run: needs a second computer
raise SystemExit("ran")
```

```sh
make test
```

```python
assert first == 2
```
"""


def test_blocks_share_names_and_keep_their_line_numbers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert [(block.language, block.flags, block.line) for block in blocks(page)] == [
        ("python", "", 4),
        ("python", "no-run: needs a second computer", 8),
        ("sh", "", 12),
        ("python", "", 16),
    ]
    run = subprocess.run([sys.executable, "-"], input=program(page), capture_output=True, text=True)
    assert run.returncode == 1
    assert "line 16" in run.stderr
    assert "AssertionError" in run.stderr
