"""`FakeProvider`: the server as a test or an application sees it."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from limelight.testing.fake import bodies, improvise
from limelight.testing.fake.anthropic import ANTHROPIC
from limelight.testing.fake.azure import AZURE
from limelight.testing.fake.bedrock import BEDROCK
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.cohere import COHERE
from limelight.testing.fake.exchange import Exchange, Json, Reply, Request
from limelight.testing.fake.google import GOOGLE
from limelight.testing.fake.groq import GROQ
from limelight.testing.fake.huggingface import HUGGINGFACE
from limelight.testing.fake.mistral import MISTRAL
from limelight.testing.fake.ollama import OLLAMA
from limelight.testing.fake.openai import OPENAI
from limelight.testing.fake.prompt import OTHER, Prompt
from limelight.testing.fake.script import Answer, Failure
from limelight.testing.fake.server import Server
from limelight.testing.fake.together import TOGETHER
from limelight.testing.fake.vendor import Ids, Route, Shelf, Take, Vendor

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

VENDORS: tuple[Vendor, ...] = (
    GROQ,
    TOGETHER,
    OLLAMA,
    HUGGINGFACE,
    AZURE,
    COHERE,
    BEDROCK,
    ANTHROPIC,
    GOOGLE,
    MISTRAL,
    OPENAI,
)
"""Asked in this order whether a request is theirs; the last takes what is left."""

WRONG_KEYS = frozenset({"", "wrong", "invalid"})

When = str | Callable[[Prompt], bool]
Improviser = Callable[[Prompt], Answer | None]


@dataclass(slots=True)
class _Cue:
    """One scripted answer waiting for its request."""

    answer: Answer
    when: When | None

    def fits(self, prompt: Prompt) -> bool:
        """Requests that are not answered in words (a list of models) can only be slow or fail."""
        if self.answer.parts and prompt.operation == OTHER:
            return False
        if isinstance(self.when, str):
            return self.when in prompt.text
        return self.when is None or self.when(prompt)


class FakeProvider:
    """An LLM provider on the loopback: OpenAI, Azure OpenAI, Anthropic, Bedrock … at one address.

        with FakeProvider() as fake:
            client = OpenAI(base_url=fake.openai_url, api_key="any")

    Equal requests get equal answers.  Nothing is random, and the clock stands still.

    Args:
        improviser: asked before the built-in behaviour for every request that no script covers.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, improviser: Improviser | None = None) -> None:
        self._improviser = improviser
        self._lock = threading.Lock()
        self._cues: list[_Cue] = []
        self._seen: Counter[str] = Counter()
        self._failed_so_far: Counter[str] = Counter()
        self._shelf = Shelf()
        self.requests: list[Exchange] = []
        """Every request since the start or the last `reset`, as it came over the wire."""
        self._server = Server(self._answer, host=host, port=port)
        self.url = f"http://{host}:{self._server.port}"

    @property
    def openai_url(self) -> str:
        """For `OpenAI(base_url=…)`."""
        return f"{self.url}/v1"

    @property
    def azure_url(self) -> str:
        """For `AzureOpenAI(azure_endpoint=…)`."""
        return self.url

    @property
    def anthropic_url(self) -> str:
        """For `Anthropic(base_url=…)`."""
        return self.url

    @property
    def google_url(self) -> str:
        """For `genai.Client(http_options={"base_url": …})`, Vertex included."""
        return self.url

    @property
    def bedrock_url(self) -> str:
        """For `boto3.client("bedrock-runtime", endpoint_url=…)`."""
        return self.url

    @property
    def cohere_url(self) -> str:
        """For `cohere.Client(base_url=…)` and `ClientV2`."""
        return self.url

    @property
    def mistral_url(self) -> str:
        """For `Mistral(server_url=…)`."""
        return self.url

    @property
    def groq_url(self) -> str:
        """For `Groq(base_url=…)`."""
        return f"{self.url}/groq"

    @property
    def together_url(self) -> str:
        """For `Together(base_url=…)`."""
        return f"{self.url}/together/v1"

    @property
    def ollama_url(self) -> str:
        """For `ollama.Client(host=…)`."""
        return self.url

    @property
    def huggingface_url(self) -> str:
        """For `InferenceClient(base_url=…)`: an endpoint that can do everything."""
        return f"{self.url}/huggingface"

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point the client libraries of another process here."""
        return {
            "OPENAI_BASE_URL": self.openai_url,
            "OPENAI_API_BASE": self.openai_url,  # as LlamaIndex and LiteLLM have it
            "OPENAI_API_KEY": "fake",
            "AZURE_OPENAI_ENDPOINT": self.azure_url,
            "AZURE_OPENAI_API_KEY": "fake",
            "ANTHROPIC_BASE_URL": self.anthropic_url,
            "ANTHROPIC_API_KEY": "fake",
            "GOOGLE_GEMINI_BASE_URL": self.google_url,
            "GEMINI_API_KEY": "fake",
        }

    def script(self, *answers: Answer, when: When | None = None) -> None:
        """Queue answers: each is given once, in order, to the first request it fits.

        Args:
            when: only for requests whose last user message contains this, or for which this holds.
        """
        with self._lock:
            self._cues += [_Cue(answer, when) for answer in answers]

    @property
    def unused(self) -> Sequence[Answer]:
        """Scripted answers that nobody has asked for yet."""
        return [cue.answer for cue in self._cues]

    def reset(self) -> None:
        """Forget requests, scripts and everything stored, as if just started."""
        with self._lock:
            self._cues.clear()
            self._seen.clear()
            self._failed_so_far.clear()
            self._shelf = Shelf()
            self.requests.clear()

    def stop(self) -> None:
        self._server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answer(self, exchange: Exchange) -> Reply:
        with self._lock:
            self.requests.append(exchange)
            return self._reply(exchange.request)

    def _reply(self, request: Request) -> Reply:
        vendor = next((vendor for vendor in VENDORS if vendor.claims(request)), VENDORS[-1])
        take = self._take(request)
        request_id = vendor.request_id(take.ids)
        reply = self._perform(vendor, take, request_id)
        if reply.status < 400:
            self._failed_so_far.pop(take.ids.seed, None)
        else:
            self._failed_so_far[take.ids.seed] += 1
        dressed = vendor.dress(take, reply)
        headers = {**vendor.headers(take, request_id), **dressed.headers}
        return replace(dressed, headers=headers, error_event=vendor.error_event(take))

    def _take(self, request: Request) -> Take:
        seed = hashlib.sha1(f"{request.method} {request.path} ".encode() + request.body).hexdigest()
        self._seen[seed] += 1
        ids = Ids(seed, self._seen[seed])
        return Take(request, (), {}, self.url, ids, self._shelf, lambda path, body: self._ask(request, path, body))

    def _perform(self, vendor: Vendor, take: Take, request_id: str) -> Reply:
        key = vendor.key(take.request)
        if key is None or key in WRONG_KEYS:
            return self._failed(vendor, take, Failure(401), request_id)
        route = _routed(vendor, take)
        if route is None:
            return self._failed(vendor, take, Failure(404), request_id)
        try:
            self._prepare(vendor, route, take)
        except BadRequestError as problem:
            return self._failed(vendor, take, Failure(400, str(problem)), request_id)
        if take.answer.failure is not None:
            return self._failed(vendor, take, take.answer.failure, request_id)
        reply = route.reply(take)
        return replace(reply, pace=take.answer.pace, fault=take.answer.fault)

    def _prepare(self, vendor: Vendor, route: Route, take: Take) -> None:
        """Understand the request and decide what to answer."""
        take.body = vendor.body(take.request, bodies.read(take.request))
        prompt = _bare_prompt(take) if route.read is None else route.read(take.body)
        said = take.request.header("x-limelight-steer") or ""
        take.prompt = replace(prompt, steering=said, attempt=self._attempt(take))
        take.answer = improvise.fitted(self._chosen(take.prompt), take.prompt)
        if take.answer.failure is None:
            take.tally = improvise.tally(take.answer, take.prompt, vendor.cached(take.prompt, self._shelf))

    def _chosen(self, prompt: Prompt) -> Answer:
        """The next fitting line of the script; where it says only how, the content is improvised."""
        given = self._next_cue(prompt)
        if given is None and self._improviser is not None and prompt.operation != OTHER:
            given = self._improviser(prompt)
        if given is None:
            return improvise.answer(prompt)
        if given.parts or given.failure is not None:
            return given
        return replace(given, parts=improvise.content(prompt))

    def _next_cue(self, prompt: Prompt) -> Answer | None:
        cue = next((cue for cue in self._cues if cue.fits(prompt)), None)
        if cue is None:
            return None
        self._cues.remove(cue)
        return cue.answer

    def _attempt(self, take: Take) -> int:
        """What the client says about its retries, or how often this very request has failed in a row."""
        said = take.request.header("x-stainless-retry-count")
        return int(said) if said is not None and said.isdigit() else self._failed_so_far[take.ids.seed]

    def _ask(self, origin: Request, path: str, body: Json) -> Reply:
        return self._reply(Request("POST", path, "", origin.headers, json.dumps(body).encode()))

    @staticmethod
    def _failed(vendor: Vendor, take: Take, failure: Failure, request_id: str) -> Reply:
        wait = failure.retry_after
        headers = (
            {} if wait is None else {"retry-after": str(math.ceil(wait)), "retry-after-ms": str(round(wait * 1000))}
        )
        return Reply(vendor.error(failure, take.prompt, request_id), failure.status, headers, pace=take.answer.pace)


def _bare_prompt(take: Take) -> Prompt:
    """Requests without a prompt can be steered by an id: `client.responses.retrieve("fail-500")`."""
    return Prompt(OTHER, "+".join(take.args), body=take.body)


def _routed(vendor: Vendor, take: Take) -> Route | None:
    """Find the route, and note in the take what stands in the path."""
    path = vendor.path(take.request)
    for route in vendor.routes:
        if (args := route.match(take.request.method, path)) is not None:
            take.args = args
            return route
    return None
