"""A real kernel: cells run again and again, and the kernel restarted as Jupyter does it."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.running import environment
from tests.pipeline.collector import Collector

pytest.importorskip("ipykernel", reason="needs a notebook's kernel")
manager = pytest.importorskip("jupyter_client.manager")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from limelight.testing import FakeProvider

pytestmark = [
    pytest.mark.case(49),
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]
INIT = "import limelight; limelight.init(); import openai; client = openai.OpenAI(max_retries=0)"
ASK = """client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}])"""


class Notebook:
    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings
        self.kernel: Any = manager.KernelManager(kernel_name="python3")
        self.kernel.kernel_spec.argv[0] = sys.executable
        self.kernel.start_kernel(env=settings)
        self._connect()

    def _connect(self) -> None:
        self._client: Any = self.kernel.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)

    def run(self, cell: str) -> str:
        """What the cell has printed; an exception in it fails the test."""
        said: list[str] = []
        heard = lambda message: said.append(message["content"].get("text", ""))  # noqa: E731
        answer = self._client.execute_interactive(textwrap.dedent(cell), output_hook=heard, timeout=60)
        assert answer["content"]["status"] == "ok", answer["content"]
        return "".join(said).strip()

    def restart(self) -> None:
        self._client.stop_channels()
        self.kernel.restart_kernel(env=self._settings)
        self._connect()

    def close(self) -> None:
        self._client.stop_channels()
        self.kernel.shutdown_kernel()


@pytest.fixture
def notebook(fake: FakeProvider, tmp_path: Path) -> Iterator[tuple[Notebook, Collector]]:
    with Collector() as collector:
        settings = environment(fake, collector.url, tmp_path, IPYTHONDIR=str(tmp_path), PYTHONPATH=":".join(sys.path))
        one = Notebook({**settings, "JUPYTER_RUNTIME_DIR": str(tmp_path)})
        try:
            yield one, collector
        finally:
            one.close()


def test_cells_that_run_again_make_each_call_one_span(notebook: tuple[Notebook, Collector], tmp_path: Path) -> None:
    one, collector = notebook
    (tmp_path / "mine.py").write_text("import limelight\nlimelight.init()\ndef twice(x): return 2 * x\n")
    one.run(
        f"%load_ext autoreload\n%autoreload 2\nimport sys; sys.path.insert(0, {str(tmp_path)!r})\n{INIT}\nimport mine"
    )
    one.run(f"{INIT}; {ASK}")
    one.run(f"limelight.init(tags=['again']); {ASK}")
    (tmp_path / "mine.py").write_text("import limelight\nlimelight.init(tags=['again'])\ndef twice(x): return 3 * x\n")
    one.run(f"import importlib; importlib.reload(limelight); importlib.reload(mine); {INIT}; {ASK}")
    assert one.run("print(limelight.flush())") == "True"
    assert [span.name for span in collector.spans] == ["chat gpt-4o"] * 3


def test_a_restart_sends_what_is_left_and_the_next_kernel_begins_anew(notebook: tuple[Notebook, Collector]) -> None:
    one, collector = notebook
    one.run(f"{INIT}; {ASK}; stream = {ASK[:-1]}, stream=True); next(stream)")
    one.restart()
    said = [{pair.key: pair.value.string_value for pair in span.attributes} for span in collector.spans]
    assert sorted(each.get("limelight.outcome", "ok") for each in said) == ["incomplete", "ok"]
    one.run(f"{INIT}; {ASK}; limelight.flush()")
    assert len(collector.spans) == 3
