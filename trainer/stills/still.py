"""One picture, painted slowly and well: from pictures to a picture."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from livebrush.models.errors import LivebrushError
from livebrush.models.events import OnEvent, telling
from livebrush.trainer.stills.files import StillFiles
from livebrush.trainer.stills.job import run_still_job
from livebrush.trainer.stills.recipe import PAINTING, PHOTO, Optimiser, StillRecipe
from livebrush.trainer.stills.task import StillJob


def paint_still(
    photo: str | Path | None,
    styles: str | Path | Mapping[str | Path, float] | Sequence[tuple[str | Path, float]],
    output: str | Path,
    *,
    on_event: OnEvent | None = None,
    recipe: str = "livebrush",
    photorealistic: bool = False,
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
    styles:         the painting, or several with their weights; none where `mask_styles` paint everything
    on_event:       told of the start, every evaluation of the loss, in pixels worked on, previews, notes, and the end
    recipe:         "livebrush", or as published: "gatys", "thesis", "keras"; where photorealistic, "luan"
    photorealistic: colour and light only: the result stays a photo
    strength:       times the recipe's style weight
    optimiser, steps, finish: in place of the recipe's; steps are evaluations of the loss at the final size
    masks:          pictures of the regions of photo and style; find_masks: whether they are found, None: where
                    photorealistic; mask_styles: group of regions that are found -> the picture that paints it
    videos:          .gif or .mp4, the way there; log: every loss term as CSV; plot: the losses drawn
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
        if not weighted and not by_group:
            raise LivebrushError("a still needs a style", code="invalid")
        photo = Path(photo) if photo else None
        files = StillFiles(Path(output), videos, log, plot)
        inputs = [path for path, _ in weighted] + list(by_group.values()) + [*(masks or ())]
        files.check([*inputs, *([photo] if photo else [])], overwrite=overwrite, resume=resume)
        chosen = _recipe(recipe, photorealistic, strength, optimiser, steps, finish)
        find_masks = photorealistic if find_masks is None else find_masks
        job = StillJob(
            photo, weighted, files, chosen, masks=masks, find_masks=find_masks, mask_styles=by_group, resume=resume,
            **values,
        )  # fmt: skip
        return run_still_job(job, tell)


def _weighted(styles: Any) -> list[tuple[Path, float]]:
    if isinstance(styles, str | Path):
        return [(Path(styles), 1.0)]
    pairs = styles.items() if isinstance(styles, Mapping) else styles
    return [(Path(path), weight) for path, weight in pairs]


def _recipe(
    name: str,
    photorealistic: bool,
    strength: float,
    optimiser: Optimiser | None,
    steps: int | None,
    finish: bool | None,
) -> StillRecipe:
    recipes, kind = (PHOTO, "photo") if photorealistic else (PAINTING, "painting")
    if name not in recipes:
        raise LivebrushError(
            f"no {kind} recipe is called {name!r}: choose one of {', '.join(recipes)}", code="invalid"
        )
    recipe = recipes[name]
    changes: dict[str, Any] = {"style_weight": recipe.style_weight * strength}
    changes |= {"optimiser": optimiser} if optimiser else {}
    changes |= {"steps": steps, "large_steps": None} if steps else {}
    changes |= {} if finish is None else {"finish": finish}
    return dataclasses.replace(recipe, **changes)
