"""Every case of what goes wrong with tracers has a test that holds it."""

from __future__ import annotations

from tools.cases import WRONG, held, marked


def test_every_case_has_a_test() -> None:
    assert [number for number in WRONG if number not in held()] == []


def test_every_number_of_a_test_is_that_of_a_case() -> None:
    assert {number: tests for number, tests in held().items() if number not in WRONG} == {}


def test_marks_are_found_wherever_they_stand() -> None:
    source = """
@pytest.mark.slow
@pytest.mark.case(1, 2)
async def test_one(): ...

class TestMore:
    @pytest.mark.case(3)
    def test_two(self): ...

def test_three(): ...
"""
    assert list(marked(source)) == [("test_one", 1), ("test_one", 2), ("test_two", 3)]
