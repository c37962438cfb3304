"""The bodies of requests; OpenAPI's schemas are made of these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from arxonomy.checking import RuleName
from arxonomy.explain import Method
from arxonomy.label_names import EXAMPLE
from arxonomy.output import Share
from arxonomy.records import TOP_K

MAX_AMONG = 20_000
"""Most characters of a choice of labels."""

MAX_LEVEL = 100
"""Most letters of the name of a level."""

MAX_ENTRIES = 1000
"""Most entries of an object whose keys a client chooses."""


def _limit_entries(limit: int) -> BeforeValidator:
    """Count the entries before any is validated, since each wrong entry costs far more than its bytes."""

    def check(value: Any) -> Any:
        if isinstance(value, dict | list) and len(value) > limit:
            raise ValueError(f"expected at most {limit:,} entries, found {len(value):,}")
        return value

    return BeforeValidator(check)


class RequestModel(BaseModel):
    """What a client sends: of the right types, and without unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class PaperInput(RequestModel):
    """A paper to classify; at least one of title and abstract is not blank.

    It may have the keys and the values that `arxonomy classify` reads in JSON lines: those of the usual
    exports. Further keys are ignored, unless one comes near a name that is missing.
    """

    model_config = ConfigDict(extra="ignore")

    id: str | int | None = None
    """Returned with the prediction (default: the paper's number, from 1). Text keeps 704.0010's zero."""
    title: str | None = None
    """The title."""
    abstract: str | None = None
    """The abstract."""


class FiledPaperInput(PaperInput):
    """A paper with the categories that its authors chose; without them nothing can be said of it."""

    category: str | None = None
    """The category that its authors chose."""
    categories: list[str] | str | None = None
    """All categories that they list, as a list or as text (`cs.CL cs.AI`); without it no cross-lists are
    proposed."""


class _Described:
    """Describes an object, whose keys are not validated, as another model in OpenAPI."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    def __get_pydantic_json_schema__(self, _schema: Any, handler: Any) -> Any:
        return handler(self._model.__pydantic_core_schema__)


RawPaper = Annotated[dict[str, Any], _Described(PaperInput)]
"""A paper as it was sent; `make_papers` makes a `Paper` of it."""


Among = Annotated[str, Field(max_length=MAX_AMONG, examples=[EXAMPLE])]
"""A choice of the model's labels, as `--among` has it."""


TopK = Annotated[int, Field(ge=1)] | None
"""How many categories a prediction has; null: all."""


class ClassifyRequest(RequestModel):
    """Papers, and options for all of them."""

    papers: Annotated[list[RawPaper], Field(min_length=1)]
    """The papers."""
    top_k: TopK = TOP_K
    """Most categories in a prediction; null for all."""
    min_confidence: Share | None = None
    """Give no category to a paper whose best one is less probable than this."""
    level: Annotated[str, Field(max_length=MAX_LEVEL, examples=["archive"])] | None = None
    """Answer at this level of the categories' hierarchy: one of the model's `levels`. The probability of an
    answer is the sum of those of the categories that it holds."""
    back_off: Share | None = None
    """Answer each paper at the deepest level, down to `level`, whose best answer is at least this probable;
    not together with `min_confidence`."""
    among: Among | None = None
    """Answer among these labels of the model, some of them merged, as in `cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV`;
    `*` stands for all others, an alias or a retired name for the category in its place (default: the
    service's categories). What is outside of them is `outside`."""
    prior: Annotated[dict[str, Share] | Literal["uniform", "arxiv"] | None, _limit_entries(MAX_ENTRIES)] = (
        None
    )
    """Class prior: the shares of the categories among the papers to classify (categories left out divide the
    rest as in the training papers), `uniform`, or `arxiv` for the shares that arXiv's papers have. With
    `among`, those of these categories, but for `arxiv`, which is of all. Aliases and retired names stand for
    the category in their place."""


RawFiledPaper = Annotated[dict[str, Any], _Described(FiledPaperInput)]
"""The same with the categories of its authors."""


class CheckRequest(RequestModel):
    """Papers with the categories that their authors chose, and the rule by which they are checked."""

    papers: Annotated[list[RawFiledPaper], Field(min_length=1)]
    """The papers."""
    rule: RuleName = "thresholds"
    """`thresholds`, at a stated rate of false alarms; or `arxiv`, as arXiv published its own rule."""
    false_alarms: Share | None = None
    """Share of validation papers, as their authors filed them, for which a move is proposed, and for which
    cross-lists are (default: 0.05); of the rule `thresholds`."""


class ExplainOptions(RequestModel):
    """How a prediction is explained."""

    method: Method = "occlusion"
    """`occlusion` works with every model, `attention` with networks, `gradients` where PyTorch computes."""
    category: str | None = None
    """The category to explain, or an alias or a retired name of it (default: the most probable one)."""
    against: str | None = None
    """The category to compare it with, named likewise (default: all others)."""
    among: Among | None = None
    """The categories, as to classify."""
    top_k: TopK = TOP_K
    """As to classify."""


class ExplainRequest(PaperInput, ExplainOptions):
    """A paper, and how its prediction is explained."""


class SuggestForm(BaseModel):
    """A text and options, as Annif's clients send them."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    text: str
    """Title and abstract; the title ends with the first line, or else with the first sentence."""
    limit: Annotated[int, Field(ge=0)] = 10
    """Most suggestions."""
    threshold: Share = 0.0
    """Least probability of a suggestion."""
    language: str = ""
    """Language of the categories' names: `en`, or nothing."""
    metadata_title: str = ""
    """The title, if the text does not begin with it."""


class Document(BaseModel):
    """A text, with its title in `metadata` if the text does not begin with it."""

    model_config = ConfigDict(extra="ignore", strict=True, use_attribute_docstrings=True)

    text: str
    """As in a form."""
    document_id: str | None = None
    """Returned with the suggestions."""
    metadata: Annotated[dict[str, str], _limit_entries(MAX_ENTRIES)] = {}
    """`title` is read."""


class SuggestBatchRequest(RequestModel):
    """Several texts."""

    documents: Annotated[list[Document], Field(max_length=32), _limit_entries(32)]
    """At most 32, as Annif has it."""
