"""Draws which part of the project imports which, from the imports themselves: python -m docs.draw_house

Each room (a folder at the root) is a band. Its boxes are its folders, and the files that lie directly in the room.
Inside a room whoever imports stands above what is imported. Between rooms there are arrows, without those that follow
from others.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from docs.house_svg import Band, Box, svg

ROOT = Path(__file__).parents[1]
TARGET = Path(__file__).with_name("house.svg")
ROOMS = {
    "livebrush": "what a program imports",
    "trainer": "training, and stills",
    "realtime": "sources, styles, sinks, commands",
    "converters": "nets, ours and others, to style models",
    "models": "the style-model contract, the styles that ship",
}
DOTTED = re.compile(r"livebrush(\.\w+)+(:\w+)?")

Graph = dict[str, set[str]]
"""module or box -> what it imports"""


def modules() -> dict[str, Path]:
    """Every module of the package by its name inside it: "realtime.cli", "models"."""
    found = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if "recipes" not in path.parts:  # not part of the package
                parts = path.relative_to(ROOT).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> Iterator[tuple[str, bool]]:
    """What a module imports, and whether only when it is needed; also where the name is a string, as of commands."""

    def visit(node: ast.AST, late: bool) -> Iterator[tuple[str, bool]]:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, late
            yield from ((f"{node.module}.{alias.name}", late) for alias in node.names)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            yield node.value.split(":")[0], True
        for child in ast.iter_child_nodes(node):
            yield from visit(child, late or isinstance(node, ast.FunctionDef | ast.Lambda))

    for name, late in visit(ast.parse(path.read_text(encoding="utf-8")), False):
        if (inside := name.removeprefix("livebrush.")) in known:
            yield inside, late


def box_of(path: Path) -> str:
    """The folder that a module lies in; of a room's own files the file, the room's `__init__` as well."""
    folder = path.parent.relative_to(ROOT)
    return f"{folder}.{path.stem}" if len(folder.parts) == 1 else ".".join(folder.parts)


def layers(graph: Graph) -> dict[str, int]:
    """0 for what imports nothing in the graph, else one more than what it imports; one for all of a circle."""
    reach = {node: _reachable(graph, node) for node in graph}
    circle = {node: frozenset({node, *(n for n in reach[node] if node in reach[n])}) for node in graph}
    found: dict[frozenset[str], int] = {}

    def layer(nodes: frozenset[str]) -> int:
        if nodes not in found:
            below = {circle[n] for node in nodes for n in graph[node]} - {nodes}
            found[nodes] = max((layer(n) + 1 for n in below), default=0)
        return found[nodes]

    return {node: layer(circle[node]) for node in graph}


def without_shortcuts(graph: Graph) -> Graph:
    """Without arrows that two or more others make up together."""
    return {
        node: {n for n in below if not any(n in _reachable(graph, other) for other in below - {n})}
        for node, below in graph.items()
    }


def _reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    open_nodes = [start]
    while open_nodes:
        for node in graph.get(open_nodes.pop(), ()):
            if node not in found:
                found.add(node)
                open_nodes.append(node)
    return found


def drawing() -> str:
    """The SVG for the project as it is now."""
    known = modules()
    inside: dict[str, Graph] = {room: defaultdict(set) for room in ROOMS}
    between: Graph = {room: set() for room in ROOMS}
    late_between: Graph = {room: set() for room in ROOMS}
    for module, path in known.items():
        box, room = box_of(path), module.split(".")[0]
        if _has_code(path):
            inside[room][box]  # a box of its own, whatever it imports
        for name, late in imports(path, known):
            other, other_room = box_of(known[name]), name.split(".")[0]
            if other_room != room:
                (late_between if late else between)[room].add(other_room)
            elif other != box:
                inside[room][box].add(other)
    order = layers(between)
    bands = [
        Band(room, ROOMS[room], _boxes(room, inside[room]), order[room])
        for room in sorted(ROOMS, key=lambda room: -order[room])
    ]
    late = {room: others - _reachable(between, room) for room, others in late_between.items()}
    return svg(bands, without_shortcuts(between), late)


def _has_code(path: Path) -> bool:
    """Not so of an `__init__` that holds nothing but its docstring."""
    return len(ast.parse(path.read_text(encoding="utf-8")).body) > 1


def _boxes(room: str, graph: Graph) -> list[list[Box]]:
    """The boxes of a band, row by row from above; files of the room itself share one in each row."""
    where = layers(graph)
    files = {f"{room}.{path.stem}": path.stem for path in (ROOT / room).glob("*.py")}
    rows: list[list[Box]] = []
    for layer in range(max(where.values()), -1, -1):
        names = sorted(node for node in graph if where[node] == layer)
        folders = [name for name in names if name not in files]
        row_files = [files[name] for name in names if name in files]
        row = [Box(folder.removeprefix(f"{room}."), _purpose(folder)) for folder in folders]
        rows.append([*row, Box("", ", ".join(row_files))] if row_files else row)
    return rows


def _purpose(folder: str) -> str:
    """What the first line of a folder's `__init__` says that it holds."""
    path = ROOT / Path(*folder.split(".")) / "__init__.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0].rstrip(".").replace("`", "")


if __name__ == "__main__":
    TARGET.write_text(drawing(), encoding="utf-8")
