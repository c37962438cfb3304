"""What requests hold and what answers look like; OpenAPI's schemas are made of these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from arxonomy.explain import Method

MOST_ENTRIES = 1000
"""Most entries of an object whose keys a client chooses."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError("expected text or a whole number; quotes make text of a number")


Id = Annotated[str, BeforeValidator(_as_text), WithJsonSchema({"type": ["string", "integer"]})]


def _at_most(limit: int) -> BeforeValidator:
    """Counts before anything is looked at, since each wrong entry costs far more than its bytes."""

    def check(value: Any) -> Any:
        if isinstance(value, dict | list) and len(value) > limit:
            raise ValueError(f"expected at most {limit:,} entries, found {len(value):,}")
        return value

    return BeforeValidator(check)


class Given(BaseModel):
    """Something that a client sends: of the right types, and without unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class GivenPaper(Given):
    """A paper to sort; at least one of title and abstract is not blank. Further fields are passed over."""

    model_config = ConfigDict(extra="ignore")

    id: Id | None = None
    """Comes back with the answer; the paper's number, from 1, if not said. Text keeps 704.0010's zero."""
    title: str | None = None
    """The title."""
    abstract: str | None = None
    """The abstract."""

    @model_validator(mode="after")
    def _has_text(self) -> GivenPaper:
        if not ((self.title or "").strip() or (self.abstract or "").strip()):
            raise ValueError("expected a title or an abstract, found neither")
        return self


class ClassifyRequest(Given):
    """Papers, and what is asked about them."""

    papers: Annotated[list[GivenPaper], Field(min_length=1)]
    """The papers."""
    top_k: Annotated[int, Field(ge=1)] | None = None
    """Categories in an answer; all, if not said."""
    min_confidence: Share | None = None
    """Give no category to a paper whose best one is less probable than this."""
    prior: Annotated[dict[str, Share] | Literal["uniform"] | None, _at_most(MOST_ENTRIES)] = None
    """Shares of the categories among the papers to sort (categories left out divide the rest as the model's
    own papers do), or `uniform`."""


class ExplainRequest(GivenPaper):
    """A paper whose answer is to be explained."""

    model_config = ConfigDict(extra="forbid")

    method: Method = "occlusion"
    """`occlusion` works with every model, `attention` with networks, `gradients` where PyTorch computes."""
    category: str | None = None
    """The category to explain; the most probable one, if not said."""
    against: str | None = None
    """The category that it is told from; all others, if not said."""


class Answer(BaseModel):
    """Something that the service sends."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class CategoryShare(Answer):
    """A category with its probability."""

    category: str
    """Its name."""
    probability: Share
    """Calibrated."""


class PredictionAnswer(Answer):
    """The answer for one paper, as `arxonomy classify` writes it."""

    id: str
    """The paper's id."""
    category: str | None
    """The most probable category; null where the service abstained."""
    probability: Share
    """Its probability."""
    categories: list[CategoryShare]
    """The most probable first."""
    unknown_words: Share
    """Share of the words that the model has never seen."""
    abstained: bool = False
    """Whether the best category is less probable than was asked for; there only when it is true."""
    warning: str = ""
    """Why the answer deserves little trust; there only when it does."""


class ClassifyAnswer(Answer):
    """The answers, in the papers' order."""

    predictions: list[PredictionAnswer]
    """One for each paper."""


class WordScore(Answer):
    """A word with what it had to say."""

    word: str
    """As the model reads it."""
    start: Annotated[int, Field(ge=0)]
    """Where it begins in the text that was given, in characters from 0."""
    end: Annotated[int, Field(ge=0)]
    """Where it ends."""
    score: float
    """How much it spoke for the category, or against it where negative; by attention, its share in 0..1."""
    known: bool
    """Whether the model knows the word."""


class ForBoth(Answer):
    """A number for the title and one for the abstract."""

    title: float
    """Of the title."""
    abstract: float
    """Of the abstract."""


class ExplanationAnswer(Answer):
    """What explains an answer."""

    method: Method
    """How scores were found."""
    category: str
    """The category that is explained."""
    against: str | None
    """The category that it is told from; null: all others."""
    log_odds: float
    """Of the category, against the other or all others."""
    title: list[WordScore]
    """The words of the title that the model reads."""
    abstract: list[WordScore]
    """The words of the abstract that the model reads."""
    branches: ForBoth
    """How much the log-odds fall when the text is taken away."""
    gates: ForBoth | None
    """How much of the text a network lets through to the answer, in 0..1; null for other models."""
    unread: ForBoth
    """How many words of the text the model does not read."""


class ExplainAnswer(PredictionAnswer):
    """An answer with what explains it."""

    explanation: ExplanationAnswer
    """What explains it."""


class SureAnswer(Answer):
    """What to expect of answers of at least some probability."""

    at_least: Share
    """The probability."""
    papers: int
    """How many papers had such an answer."""
    accuracy: Share | None
    """Share of these answers that was right; null where there was none."""


class MeasuredAnswer(Answer):
    """Scores on labeled papers that the model had not seen."""

    part: Literal["test", "validation"]
    """Which papers: those that nothing was chosen by, or those that chose the best epoch."""
    papers: int
    """How many."""
    accuracy: Share
    """Share of answers that was right."""
    answers: list[SureAnswer]
    """How it grows with the probability of the answers; may be empty."""


class ModelAnswer(Answer):
    """What the model is."""

    arxonomy: str
    """Version of the service."""
    recipe: str
    """What the model was trained by."""
    labels: list[str]
    """The categories."""
    uris: dict[str, str]
    """Category -> its stable URI."""
    backend: str
    """What computes: `onnx`, `torch` or `baseline`."""
    sha256: str | None
    """Hash of the bundle's manifest, which has those of all its files; null for a run folder."""
    files: dict[str, str]
    """File of the bundle -> SHA-256."""
    mix: dict[str, float] | None
    """The mix of categories that probabilities assume if no prior is stated."""
    unknown_words_limit: Share
    """Share of unknown words above which an answer carries a warning."""
    measured: MeasuredAnswer | None
    """How good it was on papers that it had not seen, if that is known."""
    card: str | None
    """The model's card in Markdown."""


class HealthAnswer(Answer):
    """How the service is."""

    status: Literal["live", "ready"]
    """All is well, if there is an answer at all."""


class FaultAnswer(Answer):
    """What is wrong with one field."""

    field: str
    """As in `papers[3].title`; empty for the body as a whole."""
    message: str
    """What was expected and what was found."""


class ProblemAnswer(Answer):
    """A refusal (RFC 9457)."""

    type: str
    """`urn:arxonomy:problem:` and the cause."""
    title: str
    """The status in words."""
    status: Annotated[int, Field(ge=400, le=599)]
    """The HTTP status."""
    detail: str
    """What was expected, what was found, what to do."""
    errors: list[FaultAnswer] = []
    """The fields that are wrong, if any are."""


class ProjectAnswer(Answer):
    """What Annif's clients take for a project: the model."""

    project_id: str
    """Always `arxonomy`."""
    name: str
    """The recipe."""
    language: str
    """Of the papers: `en`."""
    backend: dict[str, str]
    """`backend_id`."""
    vocab: dict[str, Any]
    """The categories as a vocabulary."""
    vocab_language: str
    """Of the categories' names: `en`."""
    is_trained: bool
    """True."""
    modification_time: str | None
    """Not told."""


class ProjectsAnswer(Answer):
    """All projects."""

    projects: list[ProjectAnswer]
    """The one."""


class Suggestion(Answer):
    """A category as a suggestion."""

    uri: str
    """Its stable URI."""
    label: str
    """Its name."""
    notation: str | None
    """Its name once more, which is a notation: `cs.CL`."""
    score: Share
    """Its probability."""


class SuggestAnswer(Answer):
    """Suggestions for one text."""

    results: list[Suggestion]
    """The most probable first."""


class SuggestBatchAnswer(SuggestAnswer):
    """Suggestions for one of several texts."""

    document_id: str | None
    """The document's, if it had one."""


class SuggestForm(BaseModel):
    """A text and what is asked about it, as Annif's clients send it."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    text: str
    """Title and abstract; the title ends with the first line, or else with the first sentence."""
    limit: Annotated[int, Field(ge=0)] = 10
    """Most suggestions."""
    threshold: Share = 0.0
    """Least probability of a suggestion."""
    language: str = ""
    """Of the categories' names: `en`, or nothing."""
    metadata_title: str = ""
    """The title, if the text does not begin with it."""


class Document(BaseModel):
    """A text, with its title in `metadata` if the text does not begin with it."""

    model_config = ConfigDict(extra="ignore", strict=True, use_attribute_docstrings=True)

    text: str
    """As in a form."""
    document_id: str | None = None
    """Comes back with the answer."""
    metadata: Annotated[dict[str, str], _at_most(MOST_ENTRIES)] = {}
    """`title` is read."""


class SuggestBatchRequest(Given):
    """Several texts."""

    documents: Annotated[list[Document], Field(max_length=32), _at_most(32)]
    """At most 32, as Annif has it."""
