from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, struct_pb2

from limelight.core.plain import plain
from limelight.core.wire import protobuf
from limelight.core.wire.read import as_table


def test_a_message_is_a_table_of_what_is_set() -> None:
    file = descriptor_pb2.FileDescriptorProto(name="a.proto", dependency=["b.proto", "c.proto"])
    message = file.message_type.add(name="Parcel")
    message.field.add(name="weight", number=1, type=descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE)
    file.options.java_multiple_files = True
    assert as_table(file) == {
        "name": "a.proto",
        "dependency": ["b.proto", "c.proto"],
        "message_type": [{"name": "Parcel", "field": [{"name": "weight", "number": 1, "type": "TYPE_DOUBLE"}]}],
        "options": {"java_multiple_files": True},
    }


def test_a_struct_is_what_it_stands_for() -> None:
    struct = struct_pb2.Struct()
    given: dict[str, Any] = {
        "text": "a",
        "whole": 2,
        "part": 0.5,
        "yes": True,
        "none": None,
        "list": [1, {"deep": "b"}],
    }
    struct.update(given)
    field = struct_pb2.Value(struct_value=struct)
    assert protobuf._opened(field, 0) == given
    assert plain(struct) == given


def test_a_map_is_a_table() -> None:
    struct = struct_pb2.Struct()
    struct.update({"a": 1})
    assert protobuf._fields(struct, 0) == {"fields": {"a": 1}}


def test_an_enum_that_nobody_knows_is_its_number() -> None:
    assert protobuf._name({}, 7) == 7


def test_what_is_too_deep_is_left_out() -> None:
    inner = struct_pb2.Value(string_value="bottom")
    for _ in range(protobuf.MAX_DEPTH + 2):
        inner = struct_pb2.Value(list_value=struct_pb2.ListValue(values=[inner]))
    found = protobuf._opened(inner, 0)
    while isinstance(found, list):
        found = found[0]
    assert found is None
    assert protobuf._fields(inner, protobuf.MAX_DEPTH + 1) == {}


def test_a_dressed_message_is_the_one_beneath() -> None:
    class Dressed:
        _meta = pb = None

        def __init__(self) -> None:
            self._pb = descriptor_pb2.FileDescriptorProto(name="a.proto")

    assert as_table(Dressed()) == {"name": "a.proto"}
