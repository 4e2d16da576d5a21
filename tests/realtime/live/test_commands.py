"""The table of commands: what it promises in JSON Schema is what the controls accept, and its tables are whole."""

from collections import Counter
from typing import Any

import pytest

from livebrush.models.errors import LivebrushError
from livebrush.realtime.live.commands import COMMANDS, command_table, help_lines, key_table, schema
from livebrush.realtime.live.settings import PaintSettings, ViewSettings

SAMPLES: list[Any] = [
    None, True, False, 0, 1, 9, 10, 16, 16_384, 16_385, -1, 0.05, 0.5, 1.0, 1.5, -86_400, 2e6, float("inf"), "", "auto",
    "full", "udp://host:5000", [], {}, {"one": 0.5, "two": 2}, {"one": -1}, {"one": "half"},
]  # fmt: skip


def fits(value: Any, rules: dict[str, Any]) -> bool:
    """The few words of JSON Schema that the table speaks."""
    if "anyOf" in rules:
        return any(fits(value, one) for one in rules["anyOf"])
    if "enum" in rules:
        return value in rules["enum"]
    types = {
        "string": str,
        "boolean": bool,
        "null": type(None),
        "integer": int,
        "number": (int, float),
        "object": dict,
    }
    named = rules["type"] if isinstance(rules["type"], list) else [rules["type"]]
    if not any(
        isinstance(value, types[name]) and (name == "boolean" or not isinstance(value, bool))
        for name in named
    ):
        return False
    if isinstance(value, str):
        return len(value) >= rules.get("minLength", 0)
    if isinstance(value, dict):
        inside = [fits(one, rules["additionalProperties"]) for one in value.values()]
        return all(inside) and len(inside) >= rules.get("minProperties", 0)
    if isinstance(value, bool) or value is None:
        return True
    return rules.get("minimum", value) <= value <= rules.get("maximum", value)


def accepted(name: str, value: Any) -> bool:
    try:
        COMMANDS[name].value.checked(name, value)
    except LivebrushError as error:
        assert str(error).startswith(f"{name} is ") and "\n" not in str(error)
        return False
    return True


@pytest.mark.parametrize(
    "name", [name for name in COMMANDS if name not in ("style", "blend_with")]
)  # which the deck judges
def test_the_schema_says_what_is_accepted(name: str) -> None:
    (request,) = [one for one in schema()["oneOf"] if one["properties"]["command"]["const"] == name]
    rules = request["properties"].get("value")
    if rules is None:
        assert all(accepted(name, value) for value in SAMPLES)  # it is not looked at
        return
    assert {fits(value, rules) for value in SAMPLES} == {True, False}
    for value in SAMPLES:
        assert accepted(name, value) == fits(value, rules), value
    assert ("value" not in request["required"]) == fits(None, rules)


def test_the_schema_says_what_each_command_does() -> None:
    requests = schema()["oneOf"]
    assert [request["properties"]["command"]["const"] for request in requests] == list(COMMANDS)
    assert all(request["description"] for request in requests)


def test_every_field_is_a_setting() -> None:
    groups = {"paint": PaintSettings("any"), "view": ViewSettings()}
    for command in COMMANDS.values():
        if command.field:
            group, _, field = command.field.partition(".")
            assert hasattr(groups[group], field), command.name


def test_every_key_gives_a_value_that_its_command_takes() -> None:
    for command in COMMANDS.values():
        for key in command.keys:
            command.value.checked(command.name, key.value)


def test_the_tables_name_every_key_and_every_command_once() -> None:
    table = command_table()
    counted = Counter(word.strip("`") for word in table.split() if word.startswith("`"))
    assert counted == Counter(name for name, command in COMMANDS.items() if not command.alias)
    rows = key_table().splitlines()
    assert len(rows) == 2 + len(help_lines())
    assert rows[2] == "| `1-9` | this style of the page |"
