"""The words of the product as plain data. Everything here is immutable and imports numpy alone.

Ids are strings that sort by time (:func:`new_id`), so records of two installations can be merged.
Arrays are float32 unless a docstring says otherwise; times are UTC.
"""

from __future__ import annotations

from qdhf.types.access import Invite, Member, Person, Role
from qdhf.types.base import (
    Answer,
    FloatArray,
    IntArray,
    ItemKind,
    Mark,
    QuestionKind,
    RunKind,
    RunState,
    Strategy,
    new_id,
    now,
)
from qdhf.types.fits import Accuracy, AxisName, Draws, Fit, FitReport, Projection
from qdhf.types.guides import Exclusion, Guide, GuideExample, PracticeRound
from qdhf.types.items import (
    Facets,
    Genome,
    Item,
    NewItem,
    StudyMatrix,
    Variation,
    genome_from_record,
    genome_record,
    prompt_of,
)
from qdhf.types.judgments import AnswerEvent, Answers, Choices, Judgment, NewQuestion, Question, Rater, Triplets
from qdhf.types.remarks import Remade, Remake, Remark, RemarkKind
from qdhf.types.runs import Iteration, Run, RunSpec, Screened, Share
from qdhf.types.sets import Collection, Export
from qdhf.types.steering import Apart, Avoid, Steering, Toward
from qdhf.types.studies import Aim, GeneratorSpec, How, MapSpec, Study

__all__ = [
    "Accuracy",
    "Aim",
    "Answer",
    "AnswerEvent",
    "Answers",
    "Apart",
    "Avoid",
    "AxisName",
    "Choices",
    "Collection",
    "Draws",
    "Exclusion",
    "Export",
    "Facets",
    "Fit",
    "FitReport",
    "FloatArray",
    "GeneratorSpec",
    "Genome",
    "Guide",
    "GuideExample",
    "How",
    "IntArray",
    "Invite",
    "Item",
    "ItemKind",
    "Iteration",
    "Judgment",
    "MapSpec",
    "Mark",
    "Member",
    "NewItem",
    "NewQuestion",
    "Person",
    "PracticeRound",
    "Projection",
    "Question",
    "QuestionKind",
    "Rater",
    "Remade",
    "Remake",
    "Remark",
    "RemarkKind",
    "Role",
    "Run",
    "RunKind",
    "RunSpec",
    "RunState",
    "Screened",
    "Share",
    "Steering",
    "Strategy",
    "Study",
    "StudyMatrix",
    "Toward",
    "Triplets",
    "Variation",
    "genome_from_record",
    "genome_record",
    "new_id",
    "now",
    "prompt_of",
]
