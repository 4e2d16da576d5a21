"""The drawing of the house: that it shows the project as it is, and how it is made."""

from docs.draw_house import ROOMS, TARGET, box_of, drawing, imports, layers, modules, without_shortcuts


def test_the_drawing_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == drawing(), "redraw it: python -m docs.draw_house"


def test_rooms_import_one_way() -> None:
    known = modules()
    for module, path in known.items():
        room = module.split(".")[0]
        rooms = {name.split(".")[0] for name, late in imports(path, known) if not late} - {room}
        allowed = {"models": set(), "realtime": {"models"}, "converters": {"models"}}.get(room, set(ROOMS))
        assert rooms <= allowed, f"{module} imports {rooms - allowed}"


def test_imports_are_read_from_the_syntax() -> None:
    known = modules()
    found = dict(imports(known["realtime.cli"], known))
    assert found["models.errors"] is False
    assert found["trainer.train_command"] is True  # named by a string
    assert box_of(known["realtime.cli"]) == "realtime.cli"
    assert box_of(known["realtime.engine.stream"]) == "realtime.engine"


def test_a_circle_shares_a_layer() -> None:
    graph = {"top": {"a"}, "a": {"b"}, "b": {"a", "base"}, "base": set[str]()}
    assert layers(graph) == {"top": 2, "a": 1, "b": 1, "base": 0}


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    graph = {"top": {"middle", "base"}, "middle": {"base"}, "base": set[str]()}
    assert without_shortcuts(graph) == {"top": {"middle"}, "middle": {"base"}, "base": set()}
