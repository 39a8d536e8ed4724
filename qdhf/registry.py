"""Names to adapters: the one place that knows which generators, encoders and scorers there are.

Importing this module loads no model library; opening something does, where it needs one.
"""

from __future__ import annotations

from qdhf.errors import InvalidInput
from qdhf.ports import Blobs, Encoder, Generator, Scorer
from qdhf.types import GeneratorSpec

GENERATORS = {
    "diffusion": "A text-to-image model: the shipped one, a local folder, or a hub id",
    "language": "A language model: the shipped one, a local folder, or a hub id",
    "endpoint": "A language model on a server that speaks OpenAI's chat completions",
    "collection": "Your own pictures or texts, from a folder or a ZIP file",
    "planted": "Coloured shapes drawn without a model (to try the program out)",
}
ENCODERS = {
    "efficientnet-lite0": "Pictures, 1,280 features, works offline",
    "clip:": "Pictures, a CLIP or SigLIP model: clip:<hub id or folder>",
    "minilm": "Texts, 384 features, works offline",
    "pixels": "Pictures, coarse pixels, no model (a baseline)",
}
SCORERS = {
    "agreement": "Picture and prompt agree (small model, for clip-art only)",
    "clip": "Picture and prompt agree, by the study's CLIP encoder",
    "clip:": "Picture and prompt agree, by another CLIP or SigLIP model: clip:<hub id or folder>",
    "fluency": "Texts that read well, by the shipped language model",
    "fluency:": "Texts that read well, by another language model: fluency:<hub id or folder>",
    "even": "All items are equally good",
    "colour": "Colourful pictures are better, no model (to try the program out)",
}


def open_generator(spec: GeneratorSpec, blobs: Blobs | None = None, encoder: Encoder | None = None) -> Generator:
    """The generator that ``spec`` names; ``blobs`` holds latents and axes that genomes name, ``encoder`` is what the map that
    pictures are steered by is made of.

    Raises InvalidInput for an unknown name or settings that cannot work, MissingModel for absent weights.
    """
    if spec.name == "diffusion":
        from qdhf.generators.diffusion import DiffusionGenerator
        from qdhf.generators.pipelines import Settings
        from qdhf.generators.speed import asked_for

        settings = Settings(
            steps=spec.steps, guidance=spec.guidance, width=spec.width, height=spec.height,
            negative_prompt=spec.negative_prompt,
        )  # fmt: skip
        return DiffusionGenerator(spec.model, settings=settings, blobs=blobs, encoder=encoder, speed=asked_for())
    if spec.name == "planted":
        from qdhf.generators.planted import PlantedGenerator

        return PlantedGenerator(width=spec.width or 64, height=spec.height or 64, blobs=blobs)
    if spec.name in ("language", "endpoint"):
        return _writer(spec)
    if spec.name == "collection":
        raise InvalidInput("A study of your own collection generates nothing: import pictures or texts instead.")
    raise _unknown("generator", spec.name, GENERATORS)


def _writer(spec: GeneratorSpec) -> Generator:
    from qdhf.generators.wording import Wording

    chosen = {"temperature": spec.temperature, "tokens": spec.tokens}
    wording = Wording(**{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]
    if spec.name == "endpoint":
        from qdhf.generators.endpoint import EndpointGenerator

        return EndpointGenerator(spec.url, spec.model, wording=wording)
    from qdhf.generators.language import LanguageGenerator

    return LanguageGenerator(spec.model, wording=wording)


def open_encoder(name: str) -> Encoder:
    """The encoder called ``name``: see :data:`ENCODERS`. Raises InvalidInput, MissingModel."""
    if name == "efficientnet-lite0":
        from qdhf.encoders.efficientnet import EfficientNetEncoder

        return EfficientNetEncoder()
    if name == "minilm":
        from qdhf.encoders.minilm import MiniLMEncoder

        return MiniLMEncoder()
    if name == "pixels":
        from qdhf.encoders.pixels import PixelEncoder

        return PixelEncoder()
    if name.startswith("clip:") and name != "clip:":
        from qdhf.encoders.clip import ClipEncoder

        return ClipEncoder(name.removeprefix("clip:"))
    raise _unknown("encoder", name, ENCODERS)


def open_scorer(name: str, encoder: Encoder) -> Scorer:
    """The scorer called ``name``: see :data:`SCORERS`. It shares the model of ``encoder`` where it can.

    Raises InvalidInput for an unknown name or one that does not suit the encoder's kind of items, MissingModel.
    """
    if name == "even":
        from qdhf.scoring.plain import EvenScorer

        return EvenScorer(encoder.kind)
    if not (name in SCORERS or name.startswith(("clip:", "fluency:"))) or name.endswith(":"):
        raise _unknown("scorer", name, SCORERS)
    if name.partition(":")[0] == "fluency":
        if encoder.kind != "text":
            raise InvalidInput(f"The quality measure {name!r} is for texts; this study holds pictures. Choose 'even'.")
        from qdhf.scoring.fluency import FluencyScorer

        return FluencyScorer(name.partition(":")[2] or "embedded")
    if encoder.kind != "image":
        raise InvalidInput(f"The quality measure {name!r} is for pictures; this study holds texts. Choose 'fluency'.")
    if name == "colour":
        from qdhf.scoring.plain import ColourScorer

        return ColourScorer()
    if name == "agreement":
        from qdhf.encoders.efficientnet import EfficientNetEncoder
        from qdhf.scoring.agreement import AgreementScorer

        return AgreementScorer(encoder if isinstance(encoder, EfficientNetEncoder) else None)
    return _clip_scorer(name, encoder)


def _clip_scorer(name: str, encoder: Encoder) -> Scorer:
    from qdhf.encoders.clip import ClipEncoder
    from qdhf.scoring.clip import ClipScorer

    wanted = name.removeprefix("clip").removeprefix(":")
    if isinstance(encoder, ClipEncoder) and wanted in ("", encoder.model):
        return ClipScorer(encoder)
    if not wanted:
        raise InvalidInput("The quality measure 'clip' needs a CLIP encoder, or its own: clip:<hub id or folder>.")
    return ClipScorer(ClipEncoder(wanted))


def _unknown(what: str, name: str, known: dict[str, str]) -> InvalidInput:
    names = ", ".join(f"{key}<model>" if key.endswith(":") else key for key in known)
    return InvalidInput(f"There is no {what} called {name!r}. Known: {names}.")
