"""What a study may choose from, checked without loading a model."""

from __future__ import annotations

from qdhf.errors import InvalidInput
from qdhf.types import GeneratorSpec, ItemKind

GENERATORS = ("diffusion", "language", "endpoint", "collection", "planted")
WRITERS = ("language", "endpoint")
ENCODERS = ("efficientnet-lite0", "minilm", "pixels", "clip")
SCORERS = ("agreement", "clip", "fluency", "even", "colour")
FOR_TEXTS = ("minilm", "fluency")


def _check(what: str, name: str, known: tuple[str, ...]) -> None:
    head, _, model = name.partition(":")
    if head not in known:
        raise InvalidInput(f"There is no {what} named “{name}”; choose one of {', '.join(known)}.")
    if head == "clip" and not model.strip():
        raise InvalidInput(f"The {what} “clip” needs a model after a colon, as in clip:openai/clip-vit-base-patch32.")


def kind_of(encoder: str) -> ItemKind:
    """What a study holds follows from what the program sees."""
    return "text" if encoder.partition(":")[0] in FOR_TEXTS else "image"


def check_models(generator: GeneratorSpec, encoder: str, scorer: str) -> None:
    """Raises InvalidInput where a name is unknown or incomplete, or where one is for pictures and another for texts."""
    if generator.name not in GENERATORS:
        raise InvalidInput(f"There is no generator named “{generator.name}”; choose one of {', '.join(GENERATORS)}.")
    if generator.name == "diffusion" and not generator.model.strip():
        raise InvalidInput("Name a diffusers model: a hub id, a local folder, or “embedded” for the shipped one.")
    if generator.name == "language" and not generator.model.strip():
        raise InvalidInput("Name a language model: a hub id, a local folder, or “embedded” for the shipped one.")
    if generator.name == "endpoint":
        _check_server(generator)
    _check("encoder", encoder, ENCODERS)
    _check("quality measure", scorer, SCORERS)
    _check_kinds(generator, encoder, scorer)


def _check_server(generator: GeneratorSpec) -> None:
    from qdhf.generators.endpoint import checked_url

    checked_url(generator.url)
    if not generator.model.strip() or generator.model == "embedded":
        raise InvalidInput("Name the model as the server calls it, for instance “llama3.2”.")


def _check_kinds(generator: GeneratorSpec, encoder: str, scorer: str) -> None:
    kind = kind_of(encoder)
    makes = None if generator.name == "collection" else "text" if generator.name in WRITERS else "image"
    if makes is not None and makes != kind:
        other = "minilm" if makes == "text" else "efficientnet-lite0"
        raise InvalidInput(f"The encoder “{encoder}” is for {kind}s, and this study makes {makes}s. Choose “{other}”.")
    if scorer != "even" and kind_of(scorer) != kind:
        raise InvalidInput(
            f"The quality measure “{scorer}” is not for {kind}s. Choose “even”, or leave it to the program."
        )


def default_encoder(generator: GeneratorSpec) -> str:
    return "minilm" if generator.name in WRITERS else "efficientnet-lite0"


def default_scorer(generator: GeneratorSpec, encoder: str) -> str:
    """Agreement with the prompt where there is a prompt and a model for it, how well texts read; else all count the same."""
    if encoder.startswith("clip:"):
        return encoder
    return {"diffusion": "agreement", "language": "fluency", "endpoint": "fluency"}.get(generator.name, "even")
