"""Prompts recur within a study, so what a pipeline's text encoders make of each is worked out once and remembered."""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

KEPT = 256  # prompts; of a large model a few MB each, in main memory
Row = tuple["Tensor | None", ...]


def remember_prompts(pipeline: Any) -> None:
    """Let ``pipeline.encode_prompt`` remember; nothing changes for pipelines without one."""
    if callable(getattr(pipeline, "encode_prompt", None)):
        pipeline.encode_prompt = remembering(pipeline.encode_prompt)


def remembering(encode: Callable[..., Any], kept: int = KEPT) -> Callable[..., Any]:
    """``encode`` with a memory of single prompts, each embedded alone: what is made of a prompt does not depend on those
    asked for with it.

    Calls are passed on untouched where that cannot be done: with other arguments than texts and plain settings, or, from
    then on, where embeddings are not one row a prompt, all of one shape.
    """
    known: OrderedDict[Any, Row] = OrderedDict()
    signature, fit = inspect.signature(encode), True

    def row(lists: dict[str, Any], rest: dict[str, Any]) -> Row | None:
        import torch

        key = (*sorted(lists.items()), *((name, str(value)) for name, value in rest.items()))
        if key not in known:
            # Steering goes back through the pipeline, which tensors made in inference mode do not allow.
            with torch.inference_mode(False), torch.no_grad():
                found = encode(**rest, **{name: [text] for name, text in lists.items()})
            if not isinstance(found, tuple) or not all(
                part is None or _shared(part) or len(part) == 1 for part in found
            ):
                return None
            known[key] = tuple(None if part is None else part.cpu() for part in found)
        known.move_to_end(key)
        while len(known) > kept:
            known.popitem(last=False)
        return known[key]

    @functools.wraps(encode)
    def remembered(*args: Any, **options: Any) -> Any:
        nonlocal fit
        given = signature.bind(*args, **options).arguments
        lists = {name: value for name, value in given.items() if isinstance(value, list)}
        rest = {name: value for name, value in given.items() if name not in lists}
        counts = {len(texts) for texts in lists.values()}
        plain = all(map(_plain, rest.values())) and "prompt" in lists and len(counts) == 1
        if not fit or not plain or counts == {0}:
            return encode(*args, **options)
        rows = [row({name: texts[i] for name, texts in lists.items()}, rest) for i in range(counts.pop())]
        found = _stacked([r for r in rows if r is not None], len(rows), rest.get("device"))
        fit = found is not None
        return found if fit else encode(*args, **options)

    return remembered


def _plain(value: Any) -> bool:
    import torch

    return value is None or isinstance(value, (bool, int, float, str, torch.device, torch.dtype))


def _shared(part: Tensor) -> bool:
    """Whether this is no embedding but the places of tokens, (tokens, 3), which Flux gives all prompts in common."""
    return part.ndim == 2 and part.shape[1] == 3 and not part.any()


def _stacked(rows: list[Row], n: int, device: Any) -> Row | None:
    """The ``n`` rows as one batch on ``device``; None where some are missing or do not fit each other."""
    import torch

    if len(rows) < n or len({tuple(None if part is None else part.shape for part in row) for row in rows}) != 1:
        return None
    stacked = []
    for parts in zip(*rows, strict=True):
        first = parts[0]
        whole = first if first is None or _shared(first) else torch.cat([part for part in parts if part is not None])
        stacked.append(None if whole is None else whole.to(device))
    return tuple(stacked)
