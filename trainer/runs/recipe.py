"""A training run as one small TOML file: everything that decides what comes out."""

import dataclasses
import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from livebrush.models.errors import LivebrushError
from livebrush.models.writing import whole_file

LARGEST_SEED = 2**31
AnyRecipe = TypeVar("AnyRecipe", bound="Recipe")


@dataclass(frozen=True)
class Recipe:
    """What all recipes have: photos to see, in batches, and values that a file or the command line may replace."""

    images: int = 4_000
    """photos seen, repeats included; batches of `batch` make the steps"""
    batch: int = 4
    seed: int = 0
    precision: str = "auto"
    """of the loss network: auto, float32 or bfloat16"""
    learning_rate: float = 1e-3
    """the optimiser's, after a short warm-up; falls to a small share of this along a cosine"""

    def __post_init__(self) -> None:
        for name in ("images", "batch"):
            if getattr(self, name) < 1:
                raise LivebrushError(
                    f"the recipe's {name} is {getattr(self, name)}: it must be 1 or more", code="invalid"
                )
        for name in (field.name for field in dataclasses.fields(self) if field.type is float):
            if not math.isfinite(getattr(self, name)) or getattr(self, name) < 0:
                raise LivebrushError(
                    f"the recipe's {name} is {getattr(self, name)}: it must be a number, 0 or more",
                    code="invalid",
                )
        if not 0 < self.learning_rate <= 1:
            raise LivebrushError(
                f"the recipe's learning_rate is {self.learning_rate}: it must be above 0 and at most 1",
                code="invalid",
            )
        if not 0 <= self.seed <= LARGEST_SEED:
            raise LivebrushError(
                f"the recipe's seed is {self.seed}: it must be 0 to {LARGEST_SEED}", code="invalid"
            )
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise LivebrushError(
                f"the recipe's precision is {self.precision!r}: use auto, float32 or bfloat16",
                code="invalid",
            )

    @property
    def steps(self) -> int:
        return max(1, -(-self.images // self.batch))

    def with_values(self, values: dict[str, Any], source: str) -> Self:
        """This recipe with some values replaced.

        raises: LivebrushError for an unknown name or a value of the wrong type
        """
        known = {field.name: field for field in dataclasses.fields(self)}
        replaced: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise LivebrushError(
                    f"{source} sets {name!r}, which no recipe has: {', '.join(known)}", code="invalid"
                )
            default = getattr(self, name)
            if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
            if isinstance(default, tuple) and isinstance(value, list):
                value = tuple(value)
            if type(value) is not type(default):
                expected = type(default).__name__
                raise LivebrushError(
                    f"{source} sets {name} to {value!r}: expected {expected}", code="invalid"
                )
            replaced[name] = value
        return dataclasses.replace(self, **replaced)

    def as_dict(self) -> dict[str, Any]:
        return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(self).items()}


def check_style_size(size: int) -> None:
    """raises: LivebrushError where a style picture's short side is out of range, pixels"""
    if not 64 <= size <= 4096:
        raise LivebrushError(
            f"the recipe's style_size is {size}: it must be 64 to 4096 pixels", code="invalid"
        )


def check_layers(layers: Sequence[str], weights: Sequence[float]) -> None:
    """raises: LivebrushError where there are no style layers, or not a weight of 0 or more for each"""
    if not layers:
        raise LivebrushError(
            "the recipe has no style_layers: name one or more, relu1_1 to relu5_1", code="invalid"
        )
    if len(weights) != len(layers) or not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise LivebrushError(
            f"the recipe's layer_weights are {list(weights)}: give one number, 0 or more, for each of "
            f"the {len(layers)} style_layers",
            code="invalid",
        )


def check_annealing(start: float, end: float) -> None:
    """raises: LivebrushError where these are no shares of the run, one after the other"""
    if not 0 <= start <= end <= 1:
        raise LivebrushError(
            f"the recipe anneals from {start} to {end}: "
            "both are shares of the run, 0 to 1, the first not above the second",
            code="invalid",
        )


def read_recipe(path: Path, default: AnyRecipe) -> AnyRecipe:
    """The values of a recipe file, and the default's for those that it leaves out.

    raises: LivebrushError when the file is missing, no TOML, or holds unknown or wrong values
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LivebrushError(f"the recipe {path} cannot be read: {error}", code="unreadable") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise LivebrushError(f"the recipe {path} is not TOML: {error}", code="unreadable") from error
    return default.with_values(values, source=path.name)


def chosen_recipe(
    given: AnyRecipe | str | Path | None, default: AnyRecipe, values: dict[str, Any]
) -> AnyRecipe:
    """A recipe with some values replaced. given: the recipe, or its file; None: the default

    raises: LivebrushError, as `read_recipe` and `Recipe.with_values`
    """
    if isinstance(given, str | Path):
        given = read_recipe(Path(given), default)
    return (given or default).with_values(values, source="the call")


def write_recipe(recipe: Recipe, path: Path) -> None:
    """raises: LivebrushError when it cannot be written there"""
    # JSON's numbers, strings, booleans and flat lists are TOML's as well
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in recipe.as_dict().items()]
    with whole_file(path) as partial:
        partial.write_text("".join(lines), encoding="utf-8")
