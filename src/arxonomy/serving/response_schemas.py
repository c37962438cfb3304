"""The bodies of responses; OpenAPI's schemas are made of these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, with_config

from arxonomy.explain import Method
from arxonomy.output import PredictionRecord, Share


class ResponseModel(BaseModel):
    """What the service sends."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class ClassifyResponse(ResponseModel):
    """The predictions, in the papers' order."""

    predictions: list[PredictionRecord]
    """One for each paper."""
    names: dict[str, str] = {}
    """Category -> its human name, of those in the predictions that have one; missing where the model knows no
    names."""


class WordScore(ResponseModel):
    """A word and its score."""

    word: str
    """As the model reads it."""
    start: Annotated[int, Field(ge=0)]
    """Where it begins in the text as it was sent, in characters from 0."""
    end: Annotated[int, Field(ge=0)]
    """Where it ends."""
    score: float
    """How much it supports the category, or opposes it where negative; by attention, its share in 0..1."""
    known: bool
    """Whether the model knows the word."""


class TitleAndAbstract(ResponseModel):
    """A number for the title and one for the abstract."""

    title: float
    """The number for the title."""
    abstract: float
    """The number for the abstract."""


class Gates(TitleAndAbstract):
    """How much of each branch a network lets through to the answer, in 0..1."""

    bag_of_words: float | None = None
    """The number for the bag of words; missing where the network has none."""


class Explanation(ResponseModel):
    """The words that drove a prediction."""

    method: Method
    """How scores were computed."""
    category: str
    """The category that is explained."""
    against: str | None
    """The category that it is compared with; null: all others."""
    log_odds: float
    """Log-odds of the category, against the other or all others."""
    title: list[WordScore]
    """The words of the title that the model reads."""
    abstract: list[WordScore]
    """The words of the abstract that the model reads."""
    branches: TitleAndAbstract
    """How much the log-odds fall when the text is taken away."""
    gates: Gates | None
    """How much of each branch a network lets through to the answer, in 0..1; null for other models."""
    unread: TitleAndAbstract
    """How many words of the text the model does not read."""


def _inherit_descriptions(schema: dict[str, Any]) -> None:
    """Describe the fields of a prediction; pydantic reads the docstrings of a class's own fields alone."""
    prediction = ClassifyResponse.model_json_schema()["$defs"][PredictionRecord.__name__]
    for name, own in prediction["properties"].items():
        schema["properties"][name]["description"] = own["description"]


@with_config(use_attribute_docstrings=True, json_schema_extra=_inherit_descriptions)
class ExplainRecord(PredictionRecord):
    """A prediction with its explanation."""

    explanation: Explanation
    """The words that drove it."""


class ConfidenceBand(ResponseModel):
    """What to expect of predictions of at least some probability."""

    min_confidence: Share
    """The probability."""
    papers: int
    """How many papers had such a prediction."""
    accuracy: Share | None
    """Accuracy of these predictions; null where there was none."""


class Evaluation(ResponseModel):
    """Scores on labeled papers that the model was not trained on."""

    split: Literal["test", "validation"]
    """Which papers: those that nothing was chosen by, or those that chose the best epoch."""
    papers: int
    """How many."""
    accuracy: Share
    """Accuracy of all predictions."""
    by_confidence: list[ConfidenceBand]
    """How it grows with the probability of the predictions; may be empty."""


class ModelResponse(ResponseModel):
    """The model."""

    version: str
    """Version of the service."""
    recipe: str
    """The recipe that the model was trained by."""
    labels: list[str]
    """The categories."""
    uris: dict[str, str]
    """Category -> its stable URI."""
    levels: dict[str, list[str]]
    """Level of the categories' hierarchy, the broadest first -> what holds each category at it, in their
    order. Empty where there is no hierarchy."""
    names: dict[str, str]
    """Category -> its human name, of those that have one."""
    aliases: dict[str, str]
    """Alias or retired name -> the category in its place, which any request may name by it. Empty where there
    is no hierarchy."""
    among: str | None
    """Which labels the categories are made of, as `--among` has it; null: all of the model, as they are."""
    backend: str
    """What computes: `onnx`, `torch` or `baseline`."""
    sha256: str | None
    """Hash of the bundle's manifest, which has those of all its files; null for a run folder."""
    files: dict[str, str]
    """File of the bundle -> SHA-256."""
    training_prior: dict[str, float] | None
    """The class prior that probabilities assume if none is stated."""
    unknown_words_limit: Share
    """Share of unknown words above which a prediction carries a warning."""
    evaluation: Evaluation | None
    """Its scores on papers that it was not trained on, if they are known."""
    card: str | None
    """The model card in Markdown."""


class Disagreement(ResponseModel):
    """The group of categories of which two estimates differ most."""

    group: str
    """Its name: of a category, or of what holds categories; `all others` for those without one."""
    share: Share
    """Its share of the papers by their probabilities, which is the estimate."""
    low: Share
    """The lower end of the interval of its share by the counts of answers, which is the second estimate."""
    high: Share
    """The upper end."""


class PriorResponse(ResponseModel):
    """The class prior of the papers of one body, estimated and not applied."""

    papers: Annotated[int, Field(ge=0)]
    """Papers that it was estimated from: those in the model's field and words; of more than 20,000 that many,
    drawn at random."""
    bad: Annotated[int, Field(ge=0)]
    """Lines that are no paper."""
    gain: Share
    """How much more often answers are expected to be right with it, by their own probabilities."""
    useful: bool
    """Whether to suggest it: it is of 100 papers or more, no second estimate contradicts it, and at least 5
    more of 1,000 answers are expected to be right."""
    checked: bool
    """Whether there was a second estimate: the model knows how it confuses categories."""
    disagreement: Disagreement | None
    """Where the second estimate contradicts it; null where it does not, or where there is none."""
    prior: dict[str, Share]
    """Category -> its estimated share, with the sum 1; `prior` of a request to classify takes it."""
    training_prior: dict[str, Share]
    """Category -> its share among the training papers, which probabilities assume if none is stated."""


class HealthResponse(ResponseModel):
    """The state of the service."""

    status: Literal["live", "ready"]
    """`live` or `ready`; a service that is not ready answers with an error."""


class InvalidField(ResponseModel):
    """What is wrong with one field."""

    field: str
    """As in `papers[3].title`; empty for the body as a whole."""
    message: str
    """What was expected and what was found."""


class ErrorResponse(ResponseModel):
    """An error (RFC 9457)."""

    type: str
    """`urn:arxonomy:problem:` and the cause."""
    title: str
    """The status in words."""
    status: Annotated[int, Field(ge=400, le=599)]
    """The HTTP status."""
    detail: str
    """What was expected, what was found, what to do."""
    errors: list[InvalidField] = []
    """The fields that are wrong, if any are."""


class ProjectVocabulary(ResponseModel):
    """The categories as a vocabulary of Annif's."""

    vocab_id: str
    """Always `arxonomy`."""
    languages: list[str]
    """`en`."""
    size: int
    """How many categories there are."""
    loaded: bool
    """True."""


class ProjectResponse(ResponseModel):
    """What Annif's clients take for a project: the model."""

    project_id: str
    """Always `arxonomy`."""
    name: str
    """The recipe."""
    language: str
    """Language of the papers: `en`."""
    backend: dict[str, str]
    """`backend_id`."""
    vocab: ProjectVocabulary
    """The categories."""
    vocab_language: str
    """Language of the categories' names: `en`."""
    is_trained: bool
    """True."""
    modification_time: str | None
    """Always null."""


class ProjectsResponse(ResponseModel):
    """All projects."""

    projects: list[ProjectResponse]
    """The only one."""


class Suggestion(ResponseModel):
    """A category as a suggestion."""

    uri: str
    """Its stable URI."""
    label: str
    """Its human name where it has one, else its code."""
    notation: str | None
    """Its code, such as `cs.CL`."""
    score: Share
    """Its probability."""


class SuggestResponse(ResponseModel):
    """Suggestions for one text."""

    results: list[Suggestion]
    """The most probable first."""


class SuggestBatchResponse(SuggestResponse):
    """Suggestions for one of several texts."""

    document_id: str | None
    """The document's, if it had one."""
