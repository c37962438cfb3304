"""The output contract: the names of what is said of a paper, the same in every form of output.

JSON lines, REST, Parquet and an explanation hold a `PredictionRecord`; a table with the user's own columns
holds `list_table_columns`. docs/output.md describes every field. Fields are added; none is ever renamed or
dropped, nor does one change its meaning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Annotated, Literal, NotRequired

from annotated_types import Interval
from typing_extensions import TypedDict  # pydantic reads typing's own from Python 3.12 on

from arxonomy.errors import needs_extra
from arxonomy.label_names import quote_name

if TYPE_CHECKING:
    import pyarrow

    from arxonomy.records import Prediction

Share = Annotated[float, Interval(ge=0.0, le=1.0)]
"""A share in 0..1."""

Part = Literal["title", "abstract"]
"""A part of a paper."""

RESERVED = ("name",)
"""Names of fields to come, which nothing else is called."""


class CategoryShare(TypedDict):
    """A category with its probability."""

    category: str
    """Its name."""
    probability: Share
    """Calibrated."""


class PredictionRecord(TypedDict):
    """The prediction for one paper: an object of JSON lines or REST, a row of Parquet."""

    id: str
    """The paper's id; its number among the records, from 1, where it has none."""
    category: str | None
    """The most probable category; null where `abstained`."""
    probability: Share
    """The calibrated probability of the most probable category, whether it is given or not."""
    categories: list[CategoryShare]
    """The most probable categories, the best first: as many as were asked for; else all, over REST 10."""
    read: list[Part]
    """The parts of the paper that were there and were read."""
    unknown_words: Share
    """Share of the paper's words that the model has never seen; 1 where it has no words."""
    warnings: list[str]
    """Why the prediction deserves little trust; empty where there is no reason."""
    abstained: bool
    """Whether no category is given: the best one is less probable than was asked for, the paper is more
    likely of none of the categories asked for, or it is atypical of the model's field."""
    listed: NotRequired[list[CategoryShare]]
    """Categories that the paper may list, its own among them, each with the probability that it does; the
    most probable first. Those of 10% or more, each independent of the others. Missing for a model that knows
    nothing of lists."""
    outside: NotRequired[Share]
    """Probability that the paper is of none of the categories asked for. Above one half no category is given;
    the other probabilities are what they are if it is of one of them. Missing where all were asked for."""
    typicality: NotRequired[Share]
    """Share of papers of the model's field that are no more typical of it than this text; below 0.02 no
    category is given. Missing for a model that was calibrated on too few such papers."""
    level: NotRequired[str]
    """Level of the hierarchy at which the answer is: the category, and all that `categories` has, is what
    holds categories there. Missing where neither a level nor backing off was asked for."""
    within: NotRequired[list[CategoryShare]]
    """Categories within the most probable one, the best first: those of 1% or more, or as many of them as
    were asked for; empty for a category. Missing where `level` is."""


_PREFIXED = ("category", "probability", "categories", "listed", "within")
"""Fields whose names the user's own table is likely to have with another meaning."""


def list_table_columns(
    theirs: Collection[str],
    *,
    with_categories: bool,
    with_listed: bool = False,
    with_outside: bool = False,
    with_typicality: bool = False,
    with_level: bool = False,
) -> list[str]:
    """List the names of our columns in a table that has columns of the user's too.

    Args:
        theirs: The user's column names; one of ours that is among them, whatever its case, gets `arxonomy_`
            in front.
        with_categories: Whether the table has `predicted_categories`.
        with_listed: Whether it has `predicted_listed`.
        with_outside: Whether it has `outside`.
        with_typicality: Whether it has `typicality`.
        with_level: Whether it has `level` and `predicted_within`.
    """
    shown = {
        "categories": with_categories,
        "listed": with_listed,
        "outside": with_outside,
        "typicality": with_typicality,
        "level": with_level,
        "within": with_level,
    }
    left_out = {"id", *(name for name, is_shown in shown.items() if not is_shown)}
    taken = {name.strip().casefold() for name in theirs}
    columns = []
    for field in PredictionRecord.__annotations__:
        if field in left_out:
            continue
        name = f"predicted_{field}" if field in _PREFIXED else field
        while name in taken:
            name = f"arxonomy_{name}"
        columns.append(name)
    return columns


def format_table_cells(
    prediction: Prediction,
    *,
    with_categories: bool,
    with_listed: bool = False,
    with_outside: bool = False,
    with_typicality: bool = False,
    with_level: bool = False,
) -> list[str]:
    """Format a prediction as the cells of `list_table_columns`; categories as `--prior` reads them."""
    cells = [prediction.category or "", f"{prediction.probability:.6f}"]
    if with_categories:
        cells.append(_format_shares(prediction.categories))
    cells += [
        " ".join(prediction.read),
        f"{prediction.unknown_words:.4f}",
        "; ".join(prediction.warnings),
        "true" if prediction.abstained else "false",
    ]
    if with_listed:
        cells.append(_format_shares(prediction.listed or ()))
    if with_outside:
        cells.append(f"{prediction.outside or 0.0:.6f}")
    if with_typicality:
        cells.append("" if prediction.typicality is None else f"{prediction.typicality:.6f}")
    if with_level:
        cells += [prediction.level or "", _format_shares(prediction.within or ())]
    return cells


def _format_shares(shares: Iterable[tuple[str, float]]) -> str:
    return ",".join(f"{quote_name(name)}={share:.6f}" for name, share in shares)


def check_parquet(what: str, advice: str = "") -> None:
    """Make sure that Parquet can be written, before there is anything to write.

    Args:
        what: What writes it.
        advice: What does without it.

    Raises:
        MissingExtraError: The extra `parquet` is not installed.
    """
    with needs_extra("parquet", what, advice):
        import pyarrow  # noqa: F401


def make_arrow_schema(
    *,
    with_listed: bool = False,
    with_outside: bool = False,
    with_typicality: bool = False,
    with_level: bool = False,
) -> pyarrow.Schema:
    """Make the schema of a `PredictionRecord` in Arrow and Parquet; the options are as for tables."""
    import pyarrow as pa

    share = pa.struct(
        [
            pa.field("category", pa.string(), nullable=False),
            pa.field("probability", pa.float64(), nullable=False),
        ]
    )
    shares = pa.list_(pa.field("element", share, nullable=False))
    types = {
        "id": pa.string(),
        "category": pa.string(),
        "probability": pa.float64(),
        "categories": shares,
        "read": pa.list_(pa.field("element", pa.string(), nullable=False)),
        "unknown_words": pa.float64(),
        "warnings": pa.list_(pa.field("element", pa.string(), nullable=False)),
        "abstained": pa.bool_(),
        **({"listed": shares} if with_listed else {}),
        **({"outside": pa.float64()} if with_outside else {}),
        **({"typicality": pa.float64()} if with_typicality else {}),
        **({"level": pa.string(), "within": shares} if with_level else {}),
    }
    return pa.schema(
        [pa.field(name, kind, nullable=name in ("category", "typicality")) for name, kind in types.items()]
    )
