"""AWS Bedrock, through boto3 (which is botocore) and aioboto3 or aiobotocore."""

from __future__ import annotations

from typing import Any

from limelight.core.operation import Integration, Operation
from limelight.core.wire import bedrock_agent, bedrock_converse, bedrock_guardrail, bedrock_invoke

_SERVICES = frozenset({"bedrock-runtime", "bedrock-agent-runtime"})


def calls(*words: str) -> tuple[str, ...]:
    """Every service's calls pass through one method, whose first argument is their name."""
    clients = ("botocore.client:BaseClient", "aiobotocore.client:AioBaseClient")
    return tuple(f"{client}._make_api_call[{word}]" for client in clients for word in words)


def owner(client: Any) -> Any:
    """What a client knows about itself, if it is Bedrock's: other services have a `Retrieve` as well.

    The client itself is not asked for anything it may not have: it would ask every plugin of its own.
    """
    about = getattr(client, "meta", None)
    return about if getattr(getattr(about, "service_model", None), "service_name", None) in _SERVICES else None


def provider(host: str | None, about: Any) -> str:
    return "aws.bedrock"


BEDROCK = Integration(
    name="bedrock",
    package="botocore>=1.34.116",
    provider=provider,
    owner=owner,
    address=lambda about: getattr(about, "endpoint_url", None),
    operations=(
        Operation(
            "chat",
            calls("Converse"),
            bedrock_converse.request,
            bedrock_converse.response,
            api="converse",
        ),
        Operation(
            "chat",
            calls("ConverseStream"),
            bedrock_converse.stream_request,
            bedrock_converse.response,
            bedrock_converse.fold,
            bedrock_converse.is_content,
            within=("stream",),
            api="converse",
        ),
        Operation(
            "chat",
            calls("InvokeModel"),
            bedrock_invoke.request,
            bedrock_invoke.response,
            within=("body",),
            api="invoke_model",
        ),
        Operation(
            "chat",
            calls("InvokeModelWithResponseStream"),
            bedrock_invoke.stream_request,
            bedrock_invoke.response,
            bedrock_invoke.fold,
            bedrock_invoke.is_content,
            within=("body",),
            api="invoke_model",
        ),
        Operation(
            "count_tokens",
            calls("CountTokens"),
            bedrock_invoke.count_request,
            bedrock_invoke.count_response,
            kind="other",
            api="count_tokens",
        ),
        Operation(
            "apply_guardrail",
            calls("ApplyGuardrail"),
            bedrock_guardrail.request,
            bedrock_guardrail.response,
            kind="guardrail",
            api="apply_guardrail",
        ),
        Operation(
            "invoke_agent",
            calls("InvokeAgent", "InvokeInlineAgent"),
            bedrock_agent.agent_request,
            bedrock_agent.agent_response,
            bedrock_agent.agent_fold,
            bedrock_agent.agent_is_content,
            within=("completion",),
            kind="agent",
            api="invoke_agent",
        ),
        Operation(
            "invoke_workflow",
            calls("InvokeFlow"),
            bedrock_agent.flow_request,
            bedrock_agent.flow_response,
            bedrock_agent.flow_fold,
            bedrock_agent.flow_is_content,
            within=("responseStream",),
            kind="workflow",
            api="invoke_flow",
        ),
        Operation(
            "retrieval",
            calls("Retrieve"),
            bedrock_agent.query_request,
            bedrock_agent.query_response,
            kind="retrieval",
            api="retrieve",
        ),
        Operation(
            "retrieve_and_generate",
            calls("RetrieveAndGenerate"),
            bedrock_agent.generate_request,
            bedrock_agent.generate_response,
            api="retrieve_and_generate",
        ),
        Operation(
            "retrieve_and_generate",
            calls("RetrieveAndGenerateStream"),
            bedrock_agent.generate_stream_request,
            bedrock_agent.generate_response,
            bedrock_agent.generate_fold,
            bedrock_agent.generate_is_content,
            within=("stream",),
            api="retrieve_and_generate",
        ),
        Operation(
            "rerank",
            calls("Rerank"),
            bedrock_agent.rerank_request,
            bedrock_agent.rerank_response,
            kind="rerank",
            api="rerank",
        ),
    ),
)
