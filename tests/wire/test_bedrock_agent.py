from __future__ import annotations

from typing import Any

from limelight.core.model import Message, Other, Reasoning, Request, Text, ToolCall, ToolResult, Usage
from limelight.core.wire import bedrock_agent as agent

PLACE = {"type": "S3", "s3Location": {"uri": "s3://handbook/a.md"}}
CITED = {"generatedResponsePart": {"textResponsePart": {"text": "It rains."}}, "retrievedReferences": []}


def step(**what: Any) -> dict[str, Any]:
    return {"trace": {"sessionId": "s", "trace": {"orchestrationTrace": what}}}


def test_an_agent_is_told_what_to_do() -> None:
    read = agent.agent_request(
        {
            "agentId": "a",
            "agentAliasId": "b",
            "sessionId": "s",
            "inputText": "Weather in Oslo?",
            "enableTrace": True,
        }
    )
    assert read == Request(
        messages=(Message("user", (Text("Weather in Oslo?"),)),),
        params={"agentId": "a", "agentAliasId": "b", "sessionId": "s", "enableTrace": True, "stream": True},
    )


def test_an_inline_agent_brings_its_model_and_instructions() -> None:
    read = agent.agent_request({"foundationModel": "m", "instruction": "Be brief", "inputText": "Hi"})
    assert (read.model, read.system) == ("m", (Text("Be brief"),))


def test_an_agent_is_told_what_became_of_its_calls() -> None:
    done = {"actionGroup": "g", "function": "weather", "responseBody": {"TEXT": {"body": "rain"}}}
    found = {"apiPath": "/now", "responseBody": {"text/plain": {"body": "noon"}, "text/html": {"body": "<b>"}}}
    state = {
        "invocationId": "i",
        "sessionAttributes": {"team": "a"},
        "returnControlInvocationResults": [{"functionResult": done}, {"apiResult": found}],
        "conversationHistory": {"messages": [{"role": "assistant", "content": [{"text": "Yes?"}]}]},
    }
    read = agent.agent_request({"sessionState": state})
    assert read.messages == (
        Message("assistant", (Text("Yes?"),)),
        Message("tool", (ToolResult("rain", "weather"), ToolResult(["noon", "<b>"], "/now"))),
    )
    assert read.params == {"invocationId": "i", "sessionAttributes": {"team": "a"}, "stream": True}


def test_an_agents_answer_has_its_thoughts_its_sources_and_its_bill() -> None:
    events = [
        step(modelInvocationInput={"foundationModel": "m", "text": "…"}),
        step(modelInvocationOutput={"metadata": {"usage": {"inputTokens": 10, "outputTokens": 2}}}),
        step(rationale={"text": "I look out."}),
        step(modelInvocationOutput={"metadata": {"usage": {"inputTokens": 20, "outputTokens": 3}}}),
        {"chunk": {"bytes": b"It r\xc3"}},
        {"chunk": {"bytes": b"\xa4ins.", "attribution": {"citations": [CITED]}}},
        {"files": {"files": [{"name": "a.csv", "type": "text/csv", "bytes": b"1"}]}},
    ]
    read = agent.agent_response({"ResponseMetadata": {"RequestId": "r-1"}, **agent.agent_fold(events)})
    assert read.messages == (
        Message(
            "assistant",
            (
                Reasoning("I look out."),
                Text("It räins.", (CITED,)),
                Other("file", {"name": "a.csv", "type": "text/csv"}),
            ),
        ),
    )
    assert (read.model, read.usage) == ("m", Usage(input=30, output=5))
    assert read.extra["request_id"] == "r-1"
    assert [list(each) for each in read.extra["steps"]] == [
        ["kind", "modelInvocationInput"],
        ["kind", "modelInvocationOutput"],
        ["kind"],
        ["kind", "modelInvocationOutput"],
    ]


def test_an_agent_hands_control_back() -> None:
    inputs = [
        {
            "functionInvocationInput": {
                "function": "weather",
                "parameters": [{"name": "city", "value": "Oslo"}, {"name": "days", "value": "3"}],
            }
        },
        {
            "apiInvocationInput": {
                "apiPath": "/now",
                "parameters": [{"name": "zone", "value": "CET"}],
                "requestBody": {"content": {"application/json": {"properties": [{"name": "at", "value": "[1]"}]}}},
            }
        },
    ]
    read = agent.agent_response(
        agent.agent_fold([{"returnControl": {"invocationId": "i", "invocationInputs": inputs}}])
    )
    assert read.messages[0].parts == (
        ToolCall("weather", {"city": "Oslo", "days": 3}, "i"),
        ToolCall("/now", {"zone": "CET", "at": [1]}, "i"),
    )


def test_an_agent_that_says_nothing_has_answered_all_the_same() -> None:
    assert agent.agent_response(agent.agent_fold([{"chunk": {"bytes": b""}}])).messages == (Message("assistant", ()),)
    assert agent.agent_response(agent.agent_fold([])).messages == ()
    assert agent.agent_response({}).usage == Usage()


def test_what_of_an_agents_stream_is_content() -> None:
    assert agent.agent_is_content({"chunk": {"bytes": b"a"}})
    assert agent.agent_is_content({"returnControl": {}})
    assert not agent.agent_is_content(step(rationale={"text": "hm"}))


def test_a_flow_is_given_documents_and_gives_some_back() -> None:
    read = agent.flow_request(
        {
            "flowIdentifier": "f",
            "inputs": [{"nodeName": "n", "content": {"document": "Hi"}}, {"content": {"document": {"a": 1}}}],
        }
    )
    assert read.messages == (Message("user", (Text("Hi"), Other("document", {"document": {"a": 1}}))),)
    assert read.params == {"flowIdentifier": "f", "stream": True}
    events = [
        {"flowTraceEvent": {"trace": {"nodeInputTrace": {"nodeName": "n"}}}},
        {"flowOutputEvent": {"nodeName": "o", "content": {"document": "Hello"}}},
        {"flowMultiTurnInputRequestEvent": {"content": {"document": "Which one?"}}},
        {"flowCompletionEvent": {"completionReason": "INPUT_REQUIRED"}},
    ]
    answer = agent.flow_response({"executionId": "e", **agent.flow_fold(events)})
    assert answer.messages == (
        Message("assistant", (Text("Hello"), Text("Which one?")), finish_reason="INPUT_REQUIRED"),
    )
    assert answer.extra == {"execution_id": "e", "steps": [{"nodeInputTrace": {"nodeName": "n"}}]}
    assert [agent.flow_is_content(event) for event in events] == [False, True, True, False]


def test_passages_are_texts_with_their_places() -> None:
    read = agent.query_request({"knowledgeBaseId": "k", "retrievalQuery": {"text": "Oslo?"}})
    assert (read.messages, read.params) == ((Message("user", (Text("Oslo?"),)),), {"knowledgeBaseId": "k"})
    answer = agent.query_response(
        {
            "guardrailAction": "NONE",
            "retrievalResults": [
                {"content": {"text": "a"}, "location": PLACE, "score": 0.7},
                {"content": {"type": "AUDIO", "audio": {"transcription": "b"}}},
                {"content": {"video": {"summary": "c"}}, "documentId": "d"},
            ],
        }
    )
    assert answer.messages == (
        Message(
            "tool",
            (Text("a", ({"location": PLACE, "score": 0.7},)), Text("b", ({},)), Text("c", ({"documentId": "d"},))),
        ),
    )
    assert answer.extra == {"guardrail.action": "NONE"}


def test_a_question_that_is_looked_up_names_the_model() -> None:
    inner = {
        "knowledgeBaseId": "k",
        "modelArn": "arn:m",
        "generationConfiguration": {"inferenceConfig": {"textInferenceConfig": {"maxTokens": 5, "topP": 0.5}}},
    }
    config = {"type": "KNOWLEDGE_BASE", "knowledgeBaseConfiguration": inner}
    asked = {"input": {"text": "Oslo?"}, "retrieveAndGenerateConfiguration": config, "sessionId": "s"}
    read = agent.generate_request(asked)
    assert (read.model, read.messages) == ("arn:m", (Message("user", (Text("Oslo?"),)),))
    assert {**read.params, "generationConfiguration": None} == {
        "sessionId": "s",
        "knowledgeBaseId": "k",
        "generationConfiguration": None,
        "max_tokens": 5,
        "top_p": 0.5,
    }
    assert agent.generate_stream_request(asked).params["stream"] is True


def test_an_answer_that_was_looked_up_names_its_sources() -> None:
    answer = {"output": {"text": "It rains."}, "citations": [CITED], "sessionId": "s", "guardrailAction": "NONE"}
    whole = agent.generate_response(answer)
    assert whole.messages == (Message("assistant", (Text("It rains.", (CITED,)),)),)
    assert whole.extra == {"guardrail.action": "NONE", "session_id": "s"}
    events = [
        {"output": {"text": "It "}},
        {"output": {"text": "rains."}},
        {"citation": {"citation": CITED}},
        {"guardrail": {"action": "NONE"}},
    ]
    assert agent.generate_response({"sessionId": "s", **agent.generate_fold(events)}) == whole
    assert [agent.generate_is_content(event) for event in events] == [True, True, False, False]


def test_documents_are_ranked() -> None:
    inline = [{"textDocument": {"text": "a"}}, {"jsonDocument": {"b": 1}}]
    model = {"modelArn": "arn:m"}
    read = agent.rerank_request(
        {
            "queries": [{"type": "TEXT", "textQuery": {"text": "Oslo"}}],
            "sources": [{"type": "INLINE", "inlineDocumentSource": each} for each in inline],
            "rerankingConfiguration": {
                "bedrockRerankingConfiguration": {"numberOfResults": 1, "modelConfiguration": model}
            },
        }
    )
    parts = (Text("Oslo"), Other("document", {"text": "a"}), Other("document", {"fields": {"b": 1}}))
    assert read == Request(model="arn:m", messages=(Message("user", parts),), params={"top_n": 1})
    answer = agent.rerank_response({"results": [{"index": 1, "relevanceScore": 0.9}]})
    assert answer.extra == {"rerank.results": [{"index": 1, "score": 0.9}]}
