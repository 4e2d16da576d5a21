"""What a person may order: jobs as JSON, checked before anything is made of them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=200)]
Email = Annotated[str, Field(max_length=200, pattern=r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+$")]


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class PaintOptions(_Checked):
    """As `livebrush image` and `livebrush video` take them; steady and height are for videos."""

    strength: float = Field(default=1.0, ge=0, le=1)
    keep_colours: bool = False
    steady: bool = False
    only: Literal["person", "other"] | None = None
    stroke: float | None = Field(default=None, ge=0.5, le=4)
    height: int | None = Field(default=None, ge=64, le=2160)


class StillOptions(_Checked):
    """As `livebrush still` takes them; size is of the long side, in pixels."""

    strength: float = Field(default=1.0, ge=0.01, le=100)
    keep_colours: bool = False
    size: int = Field(default=1024, ge=64, le=2048)
    steps: int | None = Field(default=None, ge=1, le=2000)
    recipe: Literal["livebrush", "neighbours"] = "livebrush"


class TrainOptions(_Checked):
    """As `livebrush train painting` takes them."""

    title: Annotated[str, Field(max_length=60)] = ""
    images: int = Field(default=4000, ge=4, le=100_000)
    net: Literal["live", "rich", "johnson"] = "live"
    style_size: int = Field(default=384, ge=64, le=1024)


class _Order(_Checked):
    """files, styles: ids of uploads, names of styles, ids of trained styles; email: where to tell of the end"""

    styles: list[Name] = Field(min_length=1)
    email: Email | None = None


class Paint(_Order):
    kind: Literal["paint"]
    files: list[Name] = Field(min_length=1)
    options: PaintOptions = PaintOptions()


class Still(_Order):
    kind: Literal["still"]
    files: list[Name] = Field(min_length=1)
    options: StillOptions = StillOptions()


class Train(_Order):
    kind: Literal["train"]
    files: list[Name] = Field(default=[], max_length=0)
    options: TrainOptions = TrainOptions()


Order = Annotated[Paint | Still | Train, Field(discriminator="kind")]


class Publication(_Checked):
    """result: the id of one's own; original: whether to show what it was painted from, too"""

    result: Name
    title: Annotated[str, Field(max_length=1000)] = ""
    original: bool = False
