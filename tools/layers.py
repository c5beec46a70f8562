"""The import rule of docs/architecture.md as a contract for import-linter: a layer imports what it may, and only that.

An allow-list, because a list of what is forbidden forgets whatever is added later.
"""

from __future__ import annotations

import re
import sys
from typing import Any, TypedDict

import grimp
from importlinter import Contract, ContractCheck, fields, output


class Breach(TypedDict):
    """One import too many."""

    importer: str
    line: int
    statement: str


class OnlyContract(Contract):
    """`layers` import each other's neighbours in `may_import` and nothing else.

    `stdlib` in `may_import` stands for the standard library.  `but_not` takes names away again; for packages
    outside this repository it may name a submodule (`opentelemetry.sdk`).
    """

    type_name = "only"

    layers = fields.ListField(subfield=fields.StringField())
    may_import = fields.ListField(subfield=fields.StringField())
    but_not = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Compare every direct import of every module in the layers."""
        breaches = [
            breach
            for layer in self.layers  # type: ignore[attr-defined]
            for importer in sorted({layer} | graph.find_descendants(layer))
            for breach in self.breaches(graph, layer, importer)
        ]
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def breaches(self, graph: grimp.ImportGraph, layer: str, importer: str) -> list[Breach]:
        """The imports of one module that its layer may not make."""
        found = []
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            for detail in graph.get_import_details(importer=importer, imported=imported):
                statement = detail["line_contents"]
                if not within(imported, layer) and not self.allowed(imported, statement):
                    found.append(Breach(importer=importer, line=detail["line_number"], statement=statement))
        return found

    def allowed(self, imported: str, statement: str) -> bool:
        """Whether the list has it.  import-linter sees outside packages whole; the statement tells the part."""
        if any(within(imported, name) or named(name, statement) for name in self.but_not):  # type: ignore[attr-defined]
            return False
        may: list[str] = self.may_import  # type: ignore[assignment]
        root = imported.partition(".")[0]
        return any(within(imported, name) for name in may) or ("stdlib" in may and root in sys.stdlib_module_names)

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each breach, clickable in an editor."""
        breaches: Any = check.metadata["breaches"]
        for breach in breaches:
            output.print_error(f"{breach['importer']}:{breach['line']}: {breach['statement']}", bold=False)


def within(module: str, package: str) -> bool:
    """Whether a module is the package or lies below it."""
    return module == package or module.startswith(package + ".")


def named(package: str, statement: str) -> bool:
    """Whether an import statement spells out the package (`from a.b import c` and `from a import b`)."""
    parent, _, name = package.rpartition(".")
    spelled = re.search(rf"(import|from) {re.escape(package)}(\.|\s|$)", statement)
    return bool(spelled or (parent and re.search(rf"from {re.escape(parent)} import .*\b{name}\b", statement)))
