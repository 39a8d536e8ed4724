"""Making studies and saying where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from qdhf.checks import between
from qdhf.errors import InvalidInput
from qdhf.ports import Store
from qdhf.studio.choices import check_models, default_encoder, default_scorer, kind_of
from qdhf.studio.importing import import_spec
from qdhf.studio.wishes import PROMPT_LIMIT, check_wishes
from qdhf.types import Fit, GeneratorSpec, MapSpec, Run, RunSpec, Study, new_id, now

PROMPTS_LIMIT = 100

DEMO = {
    "name": "Demo: faces with feelings",
    "brief": "Six prompts for the shipped model. Answer thirty questions and see what you look at.",
    "prompts": ("cat face", "grinning face", "pig face", "face with tears of joy", "dog face", "nauseated face"),
}


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A study in figures. ``step`` is the next thing worth doing: generate, label, illuminate or curate."""

    study: Study
    items: int
    answers: int
    raters: int
    fit: Fit | None
    runs: list[Run]
    collections: int
    step: str


def clean_prompts(prompts: Sequence[str], needed: bool) -> tuple[str, ...]:
    """Prompts without blank ones and surrounding space. Raises InvalidInput naming what is wrong."""
    kept = tuple(p.strip() for p in prompts if p.strip())
    if needed and not kept:
        raise InvalidInput("A study needs at least one prompt; none was given. Write one prompt per line.")
    if len(kept) > PROMPTS_LIMIT:
        raise InvalidInput(f"A study takes at most {PROMPTS_LIMIT} prompts; {len(kept)} were given.")
    for prompt in kept:
        if len(prompt) > PROMPT_LIMIT:
            raise InvalidInput(f"A prompt may have {PROMPT_LIMIT:,} characters; one has {len(prompt):,}. Shorten it.")
        if "\x00" in prompt:
            raise InvalidInput("A prompt holds a null character, which cannot be stored. Remove it.")
    return kept


def _check_named(name: str, dims: Sequence[int]) -> None:
    if not 1 <= len(name) <= 120:
        raise InvalidInput(f"A study's name needs 1 to 120 characters; this one has {len(name)}.")
    if len(dims) != 2:
        raise InvalidInput(f"A map has two axes for now; {len(dims)} were given.")
    for cells in dims:
        between("The number of cells along an axis", cells, 2, 100)


def check_brought(study: Study, wish: RunSpec | None) -> None:
    """What :meth:`Studies.create` and (``wish``: of one of its runs) :meth:`Studies.start` would refuse, of a study from
    elsewhere. Raises InvalidInput."""
    if wish is not None:
        check_wishes(study, wish)
        return
    _check_named(study.name, study.map.dims)
    check_models(study.generator, study.encoder, study.scorer)
    clean_prompts(study.prompts, needed=study.generator.name != "collection")
    if study.kind != kind_of(study.encoder):
        raise InvalidInput(
            f"A study with the encoder {study.encoder} holds {kind_of(study.encoder)}s, not {study.kind}s."
        )


class Studies:
    """Use-cases about whole studies."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(
        self,
        name: str,
        *,
        prompts: Sequence[str] = (),
        brief: str = "",
        generator: GeneratorSpec | None = None,
        encoder: str | None = None,
        scorer: str | None = None,
        dims: tuple[int, ...] = (10, 10),
        seed: int = 0,
    ) -> Study:
        """Make a study; ``encoder`` and ``scorer`` of None are chosen to suit the generator. Raises InvalidInput for anything
        that could not work later."""
        generator = generator or GeneratorSpec()
        name = name.strip()
        _check_named(name, dims)
        encoder = encoder or default_encoder(generator)
        scorer = scorer or default_scorer(generator, encoder)
        check_models(generator, encoder, scorer)
        study = Study(
            id=new_id(), name=name, brief=brief.strip(), kind=kind_of(encoder), generator=generator, encoder=encoder,
            prompts=clean_prompts(prompts, needed=generator.name != "collection"), scorer=scorer,
            map=MapSpec(dims=tuple(dims)), created_at=now(), seed=seed,
        )  # fmt: skip
        return self._store.studies.create(study)

    def create_own(
        self,
        name: str,
        *,
        folder: str | None = None,
        upload: bytes | IO[bytes] | None = None,
        **wishes: Any,
    ) -> tuple[Study, Run]:
        """A study of one's own pictures or texts, and the run that brings them in, already queued. ``wishes`` as for
        :meth:`create`; the encoder says which of the two. Raises InvalidInput; then there is no study."""
        spec = import_spec(self._store.blobs, folder, upload)
        study = self.create(name, **{**wishes, "generator": GeneratorSpec(name="collection")})
        return study, self.start(study, spec)

    def create_demo(self, images: int = 24) -> tuple[Study, Run]:
        """The demo study and its first run, already queued."""
        study = self.create(str(DEMO["name"]), brief=str(DEMO["brief"]), prompts=DEMO["prompts"])
        return study, self.populate(study, images)

    def populate(self, study: Study, images: int, *, batch: int = 8) -> Run:
        """Queue a run of fresh samples, prompts taken in turn."""
        return self.start(study, RunSpec(kind="populate", budget=images, batch=batch))

    def start(self, study: Study, spec: RunSpec) -> Run:
        """Store what is asked and queue it. A new run of a study draws other seeds than the ones before. Raises InvalidInput
        for what cannot be (see :func:`qdhf.studio.wishes.check_wishes`)."""
        check_wishes(study, spec)
        if spec.seed == 0:
            spec = replace(spec, seed=1 + len(self._store.runs.of_study(study.id)))
        run = self._store.runs.add(study.id, spec)
        self._store.jobs.start("run", run.id, share=study.id)
        return run

    def import_pictures(
        self, study: Study, *, folder: str | None = None, upload: bytes | IO[bytes] | None = None
    ) -> Run:
        """Queue the import of a folder or file on the worker's machine, or of an uploaded file (ZIP, Parquet, JSON Lines).
        Raises InvalidInput for what cannot be imported at all; single broken files are named and skipped."""
        return self.start(study, import_spec(self._store.blobs, folder, upload))

    def all(self) -> list[Study]:
        return self._store.studies.all()

    def get(self, study_id: str) -> Study:
        return self._store.studies.get(study_id)

    def item_count(self, study: Study) -> int:
        return self._store.items.count(study.id)

    def overview(self, study: Study) -> Overview:
        items, answers = self._store.items.count(study.id), self._store.judgments.count(study.id)
        fit, collections = self._store.fits.latest(study.id), self._store.collections.of_study(study.id)
        runs = self._store.runs.of_study(study.id)
        lit = any(run.spec.kind == "illuminate" for run in runs)
        step = "generate" if items < 3 else "label" if answers < 20 else "illuminate" if not lit else "curate"
        if study.generator.name == "collection" and step == "illuminate":
            step = "curate"
        return Overview(
            study=study, items=items, answers=answers, raters=len(self._store.judgments.raters(study.id)), fit=fit,
            runs=runs, collections=len(collections), step=step,
        )  # fmt: skip
