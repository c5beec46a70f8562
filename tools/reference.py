"""Write the tables of the documentation that the code knows best: settings, operations and what is captured of them.

A table stands between `<!-- generated: NAME -->` and `<!-- end -->`.  `make docs` renews them; the tests compare.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from importlib import import_module
from pathlib import Path

from limelight.core.dialects.metrics import METRICS
from limelight.providers import integrations
from limelight.sdk import client_options, config
from limelight.sdk import stats as own_stats
from limelight.sdk.config import Config
from tools import cases, checklist, coverage

ROOT = Path(__file__).parent.parent
_SLOT = re.compile(r"(<!-- generated: (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

# Values that only a program can hold have no variable.
_WITHOUT_VARIABLE = {"tracer_provider", "exporter"}


def settings() -> str:
    """One row per field of `Config`."""
    said = descriptions(Path(config.__file__).read_text(encoding="utf-8"), "Config")
    shown = [item for item in fields(Config) if item.name != "given"]
    rows = [(f"`{item.name}`", default(item), variable(item.name), " ".join(said[item.name].split())) for item in shown]
    return table(("setting", "default", "variable", "what it does"), rows)


def clientoptions() -> str:
    """One row per option of `wrap()`."""
    said = descriptions(Path(client_options.__file__).read_text(encoding="utf-8"), "ClientOptions")
    rows = [(f"`{name}`", " ".join(said[name].split())) for name in client_options.ClientOptions.__annotations__]
    return table(("option", "what it does"), rows)


def public(*modules: str) -> Callable[[], str]:
    """One row per public name of these modules."""

    def rows() -> str:
        found = [(name, getattr(import_module(module), name)) for module in modules for name in public_names(module)]
        return table(("name", "what it is"), [(f"`{name}`", summary(name, value)) for name, value in found])

    return rows


def public_names(module: str) -> list[str]:
    return sorted(import_module(module).__all__, key=str.lower)


def summary(name: str, value: object) -> str:
    """The first sentence of its docstring; a value has none of its own."""
    if name in _VALUES:
        return _VALUES[name]
    first = " ".join((inspect.getdoc(value) or "").partition("\n\n")[0].split())
    return first.split(". ")[0].rstrip(".") + "."


_VALUES = {
    "__version__": "The version.",
    "OPERATIONS": "The operations that can be told of, and what kind of span each makes.",
}

PUBLIC = {
    "api_limelight": ("limelight",),
    "api_drop_in": ("limelight.openai", "limelight.anthropic"),
    "api_instrumentors": ("limelight.instrumentors",),
    "api_exporters": ("limelight.exporters",),
    "api_nlp": ("limelight.nlp",),
    "api_middleware": ("limelight.middleware",),
    "api_testing": ("limelight.testing",),
    "api_fake": ("limelight.testing.fake",),
}
"""The modules for users, by the table that lists what they offer."""


def descriptions(source: str, name: str) -> dict[str, str]:
    """The string that follows each field of a class."""
    tree = next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef) and node.name == name)
    return {
        field.target.id: text.value.value
        for field, text in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def default(item: Field[object]) -> str:
    """As one would write it."""
    value = item.default if item.default is not MISSING else item.default_factory()  # type: ignore[misc]
    return f"`{value!r}`".replace("'", '"')


def variable(name: str) -> str:
    return "" if name in _WITHOUT_VARIABLE else f"`LIMELIGHT_{name.upper()}`"


def operations() -> str:
    """One row per operation of every library."""
    rows = [
        (f"`{library.package}`", operation.name, operation.api or "", methods(operation.targets))
        for library in integrations()
        for operation in library.operations
    ]
    return table(("library", "operation", "API", "methods, sync and async"), rows)


def methods(targets: tuple[str, ...]) -> str:
    """`Completions.create`, once for the two classes that have it."""
    names = dict.fromkeys(target.partition(":")[2].removeprefix("Async") for target in targets)
    return ", ".join(f"`{name}`" for name in names)


def captured() -> str:
    """One row per operation: how the conformance suite asks for it, and what its spans say."""
    return table(("library", "operation", "API", "asked, sync and async", "captured"), list(coverage.rows()))


def known_cases() -> str:
    """One row per case of what goes wrong with tracers."""
    return table(("case", "what goes wrong", "the tests that hold it"), list(cases.rows()))


def keys() -> str:
    """One row per key of the dashboard, as its own help shows them."""
    source = (ROOT / "ui/src/components/Help.tsx").read_text(encoding="utf-8")
    groups = re.findall(r'title: "([^"]+)",\s*keys: \[(.*?)\n    \]', source, re.DOTALL)
    pairs = [(title, pair) for title, group in groups for pair in re.findall(r'\["([^"]+)", "([^"]+)"\]', group)]
    return table(("where", "key", "what it does"), [(title, code(key), does) for title, (key, does) in pairs])


def code(key: str) -> str:
    """`j k` are two keys; `Ctrl K` is one, and so are words."""
    single = [part for part in key.split() if len(part) == 1]
    return " ".join(f"`{part}`" for part in single) if single == key.split() else f"`{key}`"


def filters() -> str:
    """One row per field of the filter language, as the page completes them."""
    source = (ROOT / "ui/src/query/complete.ts").read_text(encoding="utf-8")
    rows = re.findall(r'text: "([^"]+)", hint: "([^"]+)"', source)
    return table(("term", "meaning"), [(f"`{text}`", hint) for text, hint in rows])


def metrics() -> str:
    """One row per metric."""
    rows = [
        (f"`{one.name}`", f"{'histogram' if one.buckets else 'counter'}, {one.unit}", one.since, one.description)
        for one in METRICS
    ]
    return table(("metric", "kind, unit", "convention", "what it counts"), rows)


def stats() -> str:
    """One row per count of `limelight.stats()`."""
    said = descriptions(Path(own_stats.__file__).read_text(encoding="utf-8"), "Stats")
    return table(("count", "what it says"), [(f"`{name}`", " ".join(text.split())) for name, text in said.items()])


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings,
    "clientoptions": clientoptions,
    "checklist": checklist.sections,
    "names": checklist.names,
    **{name: public(*modules) for name, modules in PUBLIC.items()},
    "formernames": checklist.former_names,
    "operations": operations,
    "captured": captured,
    "cases": known_cases,
    "keys": keys,
    "metrics": metrics,
    "filters": filters,
    "stats": stats,
}


def renewed(page: str) -> str:
    """A page with its tables as the code has them now."""
    return _SLOT.sub(lambda slot: slot[1] + "\n" + TABLES[slot["name"]]() + "\n" + slot[3], page)


def main() -> None:
    """Rewrite every page that has a table."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
