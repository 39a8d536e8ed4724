"""What a run may be asked for, checked before it is stored, without loading a model."""

from __future__ import annotations

from qdhf.checks import between
from qdhf.errors import InvalidInput
from qdhf.types import RunSpec, Study

PROMPT_LIMIT = 20_000
WITH_GRADIENT = ("efficientnet-lite0", "clip")  # encoders that a picture can be steered through


def check_wishes(study: Study, spec: RunSpec) -> None:
    """Raises InvalidInput for values out of range, and for what this study's generator or encoder can never do."""
    between("The number of items", spec.budget, 1, 1_000_000)
    between("The batch size", spec.batch, 1, 1024)
    between("The strength of variation", spec.sigma, 0.0, 1.0)
    between("The number of minutes", spec.minutes, 0.0, 100_000.0)
    between("The number of batches without anything new", spec.patience, 0, 100_000)
    between("The number of ideas looked at for a picture", spec.candidates, 1, 64)
    if study.generator.name == "collection" and spec.kind != "import":
        raise InvalidInput("This study holds your own pictures and has no generator; import more, or make a new study.")
    _check_steering(study, spec)


def _check_steering(study: Study, spec: RunSpec) -> None:
    between("The strength of the pull", spec.pull, 0.0, 1.0)
    between("The strength of keeping apart", spec.spread, 0.0, 1.0)
    if not 0 <= spec.pull_from < 1:
        raise InvalidInput(f"A pull begins at a share of the steps from 0 to below 1; got {spec.pull_from!r}.")
    if not 0 < spec.avoid_from < 1:
        raise InvalidInput(f"Staying away begins at a share of the steps between 0 and 1; got {spec.avoid_from!r}.")
    if len(spec.avoid) > PROMPT_LIMIT or "\x00" in spec.avoid:
        raise InvalidInput(f"What to stay away from may have {PROMPT_LIMIT:,} characters and no null character.")
    if not spec.steered:
        return
    if study.generator.name != "diffusion":
        raise InvalidInput("Only pictures of a diffusion model can be steered while they are drawn; switch that off.")
    if (spec.pull or spec.spread) and study.encoder.partition(":")[0] not in WITH_GRADIENT:
        raise InvalidInput(
            f"Pulling and keeping apart need a study that sees with EfficientNet-Lite0 or CLIP; this one has {study.encoder}."
        )
    guidance = study.generator.guidance
    if spec.avoid.strip() and guidance is not None and guidance <= 1:
        raise InvalidInput(
            f"Staying away from something works through guidance, which is {guidance:g} in this study: that is none. Leave it "
            "out, or use a study with guidance above 1."
        )
