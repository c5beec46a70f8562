"""The callbacks, as LangChain calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limelight.frameworks.langchain import Runs


def handler(runs: Runs) -> Any:
    """A handler of LangChain's own kind, made when LangChain is there to say what that is."""
    from langchain_core.callbacks import BaseCallbackHandler

    made = type("LimelightHandler", (Callbacks, BaseCallbackHandler), {})()
    made.runs = runs
    return made


class Callbacks:
    """Runs in line, also for async runs: what it makes current must be so in the run's own context."""

    runs: Runs
    run_inline = True
    raise_error = False

    def on_chain_start(self, serialized: Any, inputs: Any, **run: Any) -> None:
        self.runs.chain(_name(serialized, run), inputs, run)

    def on_chain_end(self, outputs: Any, *, run_id: Any, **_: Any) -> None:
        self.runs.end(run_id, outputs)

    def on_tool_start(self, serialized: Any, input_str: str, **run: Any) -> None:
        self.runs.tool(_name(serialized, run), run.get("inputs") or input_str, run)

    def on_tool_end(self, output: Any, *, run_id: Any, **_: Any) -> None:
        self.runs.end(run_id, output)

    def on_retriever_start(self, serialized: Any, query: str, **run: Any) -> None:
        self.runs.retriever(_name(serialized, run), query, run)

    def on_retriever_end(self, documents: Any, *, run_id: Any, **_: Any) -> None:
        self.runs.end(run_id, documents)

    def on_chat_model_start(self, serialized: Any, messages: Any, **run: Any) -> None:
        self.runs.model(messages[0] if messages else [], run)

    def on_llm_start(self, serialized: Any, prompts: Any, **run: Any) -> None:
        self.runs.model(prompts, run)

    def on_llm_end(self, response: Any, *, run_id: Any, **_: Any) -> None:
        self.runs.end(run_id, response)

    def on_chain_error(self, error: BaseException, *, run_id: Any, **_: Any) -> None:
        self.runs.fail(run_id, error)

    on_tool_error = on_retriever_error = on_llm_error = on_chain_error


def _name(serialized: Any, run: dict[str, Any]) -> str:
    told = serialized or {}
    return str(run.get("name") or told.get("name") or (told.get("id") or ["step"])[-1])
