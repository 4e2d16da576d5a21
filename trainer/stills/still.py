"""One picture, painted slowly and well: from pictures to a picture."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import OnEvent, telling
from livebrush.trainer.stills.feature_transfer import TRANSFERS
from livebrush.trainer.stills.files import StillFiles
from livebrush.trainer.stills.job import run_still_job
from livebrush.trainer.stills.recipe import (
    DREAM,
    DREAM_LAYER,
    OCTAVES,
    PAINTING,
    PHOTO,
    Optimiser,
    StillRecipe,
)
from livebrush.trainer.stills.task import StillJob


def paint_still(
    photo: str | Path | None,
    styles: str | Path | Mapping[str | Path, float] | Sequence[tuple[str | Path, float]] | None,
    output: str | Path,
    *,
    on_event: OnEvent | None = None,
    recipe: str = "livebrush",
    photorealistic: bool = False,
    dream: bool = False,
    layer: str = DREAM_LAYER,
    octaves: int = OCTAVES,
    strength: float = 1.0,
    optimiser: Optimiser | None = None,
    steps: int | None = None,
    finish: bool | None = None,
    masks: tuple[Path, Path] | None = None,
    find_masks: bool | None = None,
    mask_styles: Mapping[str, Path] | None = None,
    videos: Sequence[Path] = (),
    log: Path | None = None,
    plot: Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    **values: Any,
) -> Path:
    """Optimise a picture pixel by pixel until it has a photo's content and a painting's style.

    photo:          None: a texture is made of the style
    styles:         the painting, or several with their weights; None for a dream, and where `mask_styles` paint it all
    on_event:       told of the start, every evaluation of the loss, in pixels worked on, previews, notes, and the end
    recipe:         "livebrush", "neighbours", or as published: "gatys", "thesis", "keras", "adain", "wct", "swap";
                    where photorealistic, "luan"
    photorealistic: colour and light only: the result stays a photo
    dream:          Deep Dream in place of a recipe: more of what `layer` sees, at `octaves` sizes, each sqrt(2) times
                    the one before
    strength:       times the recipe's style weight
    optimiser, steps, finish: in place of the recipe's; steps are evaluations of the loss at the final size
    masks:          pictures of the regions of photo and style; find_masks: whether they are found, None: where
                    photorealistic; mask_styles: group of regions that are found -> the picture that paints it
    videos:         .gif or .mp4, the way there; log: every loss term as CSV; plot: the losses drawn
    resume:         go on where the run for this output stopped
    values:         what else a StillJob takes: size, style_scale, keep_colours, match_colours, seed, tile, device,
                    loss_networks, download
    returns:        the picture

    raises: LivebrushError. On Ctrl-C StillInterrupted, one of them, with the picture so far written
    """
    with telling(on_event) as tell:
        weighted = _weighted(styles)
        by_group = dict(mask_styles or {})
        editing = photorealistic or masks or by_group or find_masks or finish
        if photo is None and (editing or values.get("keep_colours") or values.get("match_colours")):
            raise LivebrushError(
                "a texture has no regions, no colours of its own and no photo to edit: name a photo",
                code="conflict",
            )
        if dream:
            _check_dream(photo, weighted, bool(by_group or masks or find_masks or photorealistic))
        elif not weighted and not by_group:
            raise LivebrushError("a still needs a style", code="invalid")
        photo = Path(photo) if photo else None
        files = StillFiles(Path(output), videos, log, plot)
        inputs = [path for path, _ in weighted] + list(by_group.values()) + [*(masks or ())]
        files.check([*inputs, *([photo] if photo else [])], overwrite=overwrite, resume=resume)
        base = DREAM if dream else _named(recipe, photorealistic)
        if base.objective in TRANSFERS and (photo is None or by_group or masks or find_masks):
            raise LivebrushError(
                f"{recipe} turns the features of a whole photo: it makes no textures and knows no regions; "
                "take another recipe",
                code="conflict",
            )
        chosen = _changed(base, strength, optimiser, steps, finish)
        if dream:
            chosen = dataclasses.replace(chosen, style_layers={layer: 1.0}, octaves=octaves)
        find_masks = photorealistic if find_masks is None else find_masks
        job = StillJob(
            photo, weighted, files, chosen, masks=masks, find_masks=find_masks, mask_styles=by_group, resume=resume,
            **values,
        )  # fmt: skip
        return run_still_job(job, tell)


def _check_dream(photo: object, styles: Sequence[object], editing: bool) -> None:
    """raises: LivebrushError"""
    if photo is None:
        raise LivebrushError("a dream needs a photo to begin with", code="invalid")
    if styles or editing:
        raise LivebrushError(
            "a dream has no style and no regions: it shows more of what a layer sees in the photo; leave them out",
            code="conflict",
        )


def _weighted(styles: Any) -> list[tuple[Path, float]]:
    if styles is None:
        return []
    if isinstance(styles, str | Path):
        return [(Path(styles), 1.0)]
    pairs = styles.items() if isinstance(styles, Mapping) else styles
    return [(Path(path), weight) for path, weight in pairs]


def _named(name: str, photorealistic: bool) -> StillRecipe:
    """raises: LivebrushError where there is none"""
    recipes, kind = (PHOTO, "photo") if photorealistic else (PAINTING, "painting")
    if name not in recipes:
        raise LivebrushError(
            f"no {kind} recipe is called {name!r}: choose one of {', '.join(recipes)}", code="invalid"
        )
    return recipes[name]


def _changed(
    recipe: StillRecipe, strength: float, optimiser: Optimiser | None, steps: int | None, finish: bool | None
) -> StillRecipe:
    """The recipe with what was asked for in place of its own."""
    changes: dict[str, Any] = {"style_weight": recipe.style_weight * strength}
    changes |= {"optimiser": optimiser} if optimiser else {}
    changes |= {"steps": steps, "large_steps": None} if steps else {}
    changes |= {} if finish is None else {"finish": finish}
    return dataclasses.replace(recipe, **changes)
