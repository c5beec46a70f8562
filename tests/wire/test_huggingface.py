from __future__ import annotations

from types import SimpleNamespace

from huggingface_hub import TextGenerationStreamOutput

from limelight.core.model import Media, Message, Request, Response, Text, Usage
from limelight.core.wire import huggingface, openai_media


def test_a_prompt_and_its_limits() -> None:
    read = huggingface.generation_request(
        {"prompt": "Once", "model": "m", "max_new_tokens": 20, "stop_sequences": ["END"], "details": True, "seed": None}
    )
    assert read == Request(
        model="m",
        messages=(Message("user", (Text("Once"),)),),
        params={"max_tokens": 20, "stop": ("END",), "details": True},
    )


def test_a_bare_text_is_an_answer() -> None:
    assert huggingface.generation_response({"text": "upon"}).messages == (Message("assistant", (Text("upon"),)),)
    assert huggingface.generation_response({}) == Response()


def test_details_count_and_tell_the_end() -> None:
    details = {"finish_reason": "eos_token", "generated_tokens": 3, "prefill": [{"text": "On"}, {"text": "ce"}]}
    read = huggingface.generation_response({"generated_text": "upon", "details": details})
    assert read.messages == (Message("assistant", (Text("upon"),), finish_reason="eos_token"),)
    assert read.usage == Usage(input=2, output=3)


def test_a_stream_of_texts() -> None:
    pieces = [{"text": "up"}, {"text": "on"}]
    assert huggingface.generation_response(huggingface.fold(pieces)).messages[0].parts == (Text("upon"),)
    assert huggingface.fold([]) == {}


def test_a_stream_of_tokens_whose_last_is_none() -> None:
    def token(text: str, **more: object) -> TextGenerationStreamOutput:
        body = {"index": 1, "token": {"id": 1, "logprob": 0.0, "special": bool(more), "text": text}, **more}
        return TextGenerationStreamOutput.parse_obj_as_instance(body)  # type: ignore[arg-type]

    end = {"finish_reason": "length", "generated_tokens": 2, "input_length": 5, "seed": None}
    pieces = [token("up"), token("on"), token("</s>", details=end)]
    assert [huggingface.is_content(piece) for piece in pieces] == [True, True, False]
    read = huggingface.generation_response(huggingface.fold(pieces))
    assert read.messages == (Message("assistant", (Text("upon"),), finish_reason="length"),)
    assert read.usage == Usage(input=5, output=2)


def test_features_are_of_a_shape() -> None:
    read = huggingface.features_request({"text": ["a", "b"], "model": "m", "normalize": True})
    assert read.messages == (Message("user", (Text("a"),)), Message("user", (Text("b"),)))
    assert read.params == {"normalize": True}
    for shape, told in (((2, 8), (2, 8)), ((8,), (1, 8))):
        assert (
            openai_media.embeddings_response(huggingface.features_kept(SimpleNamespace(shape=shape))).embeddings == told
        )
    assert huggingface.features_kept([0.1]) is None


def test_sound_goes_in_and_out() -> None:
    heard = huggingface.recognition_request({"audio": b"ID3", "model": "whisper"})
    assert heard.messages[0].parts[0] == Media("audio", size=3) or isinstance(heard.messages[0].parts[0], Media)
    assert huggingface.speech_request({"text": "Good evening"}).messages == (Message("user", (Text("Good evening"),)),)
