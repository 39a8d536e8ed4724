"""Text to avoid, as a negative prompt that starts late."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from qdhf.errors import InvalidInput
from qdhf.generators.callbacks_clean import Tensor
from qdhf.generators.pipelines import LOUD, Opened, denoiser
from qdhf.types import Avoid
from qdhf.weights import quiet

POOLED = ("add_text_embeds", "pooled_prompt_embeds")  # how pipelines call the pooled part of a text


class LateNegative:
    """``callback_on_step_end`` that swaps the text which guidance leads away from, once a picture's share of steps is done.

    From then on the output is ε_u + g·(ε_c − ε_u) − (g − 1)·(ε_bad − ε_u): negative guidance at the strength that a
    negative prompt has, at no further cost (after ANT, Li et al. 2025, which reverses guidance in mid to late steps only; no
    training here). ``texts``: the whole negative text of each picture; ``avoid``: from when on, None for never.
    """

    def __init__(self, opened: Opened, texts: Sequence[str], avoid: Sequence[Avoid | None], steps: int) -> None:
        """Encodes the texts. ``steps``: how many there will be."""
        self._avoid, self._steps = avoid, steps
        self._embedded = _embedded(opened, texts)

    @property
    def names(self) -> list[str]:
        """For ``callback_on_step_end_tensor_inputs``."""
        return list(self._embedded)

    def __call__(self, step: int, values: dict[str, Any]) -> dict[str, Any]:
        """``values`` with the texts swapped that take effect after ``step``, counted from 0."""
        due = [
            i for i, avoid in enumerate(self._avoid) if avoid is not None and first_step(avoid, self._steps) == step + 1
        ]
        for name, embedded in self._embedded.items() if due else ():
            changed: Tensor = values[name].clone()  # (2n, …): negative texts, then prompts
            changed[due] = embedded[due].to(changed)
            values[name] = changed
        return values


def first_step(avoid: Avoid, steps: int) -> int:
    """The step, from 0, that ``avoid`` takes effect in; ``steps`` where it never does."""
    return next((step for step in range(1, steps) if step >= avoid.start * steps), steps)


def check_text(opened: Opened) -> None:
    """Raises InvalidInput where the pipeline's texts cannot be swapped on the way. Encodes one to see."""
    offered = getattr(opened.pipeline, "_callback_tensor_inputs", [])
    supported = "negative_prompt" in opened.accepts and "true_cfg_scale" not in opened.accepts
    distilled = (
        getattr(denoiser(opened.pipeline).config, "time_cond_proj_dim", None) is not None
    )  # guides without texts
    if not supported or distilled or "prompt_embeds" not in offered or "callback_on_step_end" not in opened.accepts:
        raise InvalidInput(
            f"{opened.key} cannot change its texts on the way, so it cannot avoid something from a step on: leave that out."
        )
    _embedded(opened, [""])


def _embedded(opened: Opened, texts: Sequence[str]) -> dict[str, Tensor]:
    """What the pipeline makes of ``texts`` as negative prompts, by the names of its tensors."""
    pipeline = opened.pipeline
    known = inspect.signature(pipeline.encode_prompt).parameters
    options = {
        "prompt": list(texts), "prompt_2": None, "prompt_3": None, "negative_prompt": list(texts),
        "device": pipeline._execution_device, "num_images_per_prompt": 1, "do_classifier_free_guidance": True,
    }  # fmt: skip
    import torch

    with quiet(*LOUD), torch.inference_mode():
        _, negative, *pooled = pipeline.encode_prompt(**{k: v for k, v in options.items() if k in known})
    found = {"prompt_embeds": negative}
    names = [name for name in POOLED if name in pipeline._callback_tensor_inputs]
    if pooled and len(pooled) == 2 and names:
        found[names[0]] = pooled[1]
    elif pooled:
        raise InvalidInput(f"{opened.key} keeps its texts in a form that is not known here, so it cannot avoid any.")
    return found
