"""The callback handler, made when LangChain is there to say what a handler is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.frameworks.langchain import Runs

if TYPE_CHECKING:
    from limelight.engine.observer import Observer


def handler(observing: Observer) -> Any:
    from langchain_core.callbacks import BaseCallbackHandler

    runs = Runs(observing)

    class LimelightHandler(BaseCallbackHandler):
        """Runs in line, also for async runs: what it makes current must be so in the run's own context."""

        run_inline = True
        raise_error = False

        def on_chain_start(self, serialized: Any, inputs: Any, **run: Any) -> None:
            runs.chain(_name(serialized, run), inputs, run)

        def on_chain_end(self, outputs: Any, *, run_id: Any, **_: Any) -> None:
            runs.end(run_id, outputs)

        def on_tool_start(self, serialized: Any, input_str: str, **run: Any) -> None:
            runs.tool(_name(serialized, run), run.get("inputs") or input_str, run)

        def on_tool_end(self, output: Any, *, run_id: Any, **_: Any) -> None:
            runs.end(run_id, output)

        def on_retriever_start(self, serialized: Any, query: str, **run: Any) -> None:
            runs.retriever(_name(serialized, run), query, run)

        def on_retriever_end(self, documents: Any, *, run_id: Any, **_: Any) -> None:
            runs.end(run_id, documents)

        def on_chat_model_start(self, serialized: Any, messages: Any, **run: Any) -> None:
            runs.model(messages[0] if messages else [], run)

        def on_llm_start(self, serialized: Any, prompts: Any, **run: Any) -> None:
            runs.model(prompts, run)

        def on_llm_end(self, response: Any, *, run_id: Any, **_: Any) -> None:
            runs.end(run_id, response)

        def on_chain_error(self, error: BaseException, *, run_id: Any, **_: Any) -> None:
            runs.fail(run_id, error)

        on_tool_error = on_retriever_error = on_llm_error = on_chain_error

    return LimelightHandler()


def _name(serialized: Any, run: dict[str, Any]) -> str:
    told = serialized or {}
    return str(run.get("name") or told.get("name") or (told.get("id") or ["step"])[-1])
