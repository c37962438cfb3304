"""The options of a request to classify; what is wrong with one is an error of its field."""

from __future__ import annotations

from collections.abc import Sequence

from arxonomy.errors import InputError, SettingsError
from arxonomy.inference import Classifier
from arxonomy.inference.class_prior import Prior, parse_class_prior
from arxonomy.inference.levels import check_level_options
from arxonomy.serving.api_errors import make_field_error
from arxonomy.serving.batcher import ClassifyOptions
from arxonomy.serving.service import Service
from arxonomy.taxonomy import choose_levels


def choose_view(service: Service, among: str | None) -> Classifier:
    """Get the classifier with the view of a request.

    Raises:
        ApiError: There is no such view.
    """
    try:
        return service.choose_view(among)
    except SettingsError as error:
        raise make_field_error("among", str(error).removeprefix("among: ")) from None


def parse_prior(text: str | None, labels: Sequence[str]) -> Prior | None:
    """Parse the class prior in a query.

    Raises:
        ApiError: It cannot be parsed.
    """
    try:
        return None if text is None else parse_class_prior(text, labels)
    except SettingsError as error:
        raise make_field_error("prior", str(error)) from None


def make_options(
    service: Service,
    viewed: Classifier,
    prior: Prior | None,
    top_k: int | None,
    min_confidence: float | None,
    level: str | None,
    back_off: float | None,
) -> ClassifyOptions:
    """Make the options of a request.

    Args:
        service: The service.
        viewed: From `choose_view`.
        prior: See `Classifier.with_prior`.
        top_k: See `Classifier.classify`, as for all others.
        min_confidence: See there.
        level: See there.
        back_off: See there.

    Raises:
        ApiError: One of them is not possible, or they do not go together.
    """
    try:
        check_level_options(back_off, min_confidence)
        if level is not None or back_off is not None:
            choose_levels(viewed.levels, level)
    except (InputError, SettingsError) as error:
        name = "back_off" if level is None or isinstance(error, InputError) else "level"
        raise make_field_error(name, str(error).removeprefix("back_off: ")) from None
    try:
        return service.make_options(viewed, prior, top_k, min_confidence, level, back_off)
    except SettingsError as error:
        raise make_field_error("prior", str(error)) from None
