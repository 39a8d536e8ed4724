"""What a study may choose from, checked without loading a model."""

from __future__ import annotations

from qdhf.errors import InvalidInput
from qdhf.types import GeneratorSpec

GENERATORS = ("diffusion", "collection", "planted")
ENCODERS = ("efficientnet-lite0", "pixels", "clip")
SCORERS = ("agreement", "clip", "even", "colour")


def _check(what: str, name: str, known: tuple[str, ...]) -> None:
    head, _, model = name.partition(":")
    if head not in known:
        raise InvalidInput(f"There is no {what} named “{name}”; choose one of {', '.join(known)}.")
    if head == "clip" and not model.strip():
        raise InvalidInput(f"The {what} “clip” needs a model after a colon, as in clip:openai/clip-vit-base-patch32.")


def check_models(generator: GeneratorSpec, encoder: str, scorer: str) -> None:
    """Raises InvalidInput where a name is unknown or incomplete."""
    if generator.name not in GENERATORS:
        raise InvalidInput(f"There is no generator named “{generator.name}”; choose one of {', '.join(GENERATORS)}.")
    if generator.name == "diffusion" and not generator.model.strip():
        raise InvalidInput("Name a diffusers model: a hub id, a local folder, or “embedded” for the shipped one.")
    _check("encoder", encoder, ENCODERS)
    _check("quality measure", scorer, SCORERS)


def default_scorer(generator: GeneratorSpec, encoder: str) -> str:
    """Agreement with the prompt where there is a prompt and a model for it; else every item counts the same."""
    if encoder.startswith("clip:"):
        return encoder
    return "agreement" if generator.name == "diffusion" else "even"
