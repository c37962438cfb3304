"""What requests are answered with, whether they come by REST or from an agent's tool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from arxonomy.advice import Interface, use_interface
from arxonomy.checking import FALSE_ALARMS, Check, Checker
from arxonomy.errors import SettingsError
from arxonomy.records import Prediction
from arxonomy.serving.api_errors import make_field_error
from arxonomy.serving.bodies import JSON_LINES, validate
from arxonomy.serving.request_options import choose_view, make_options
from arxonomy.serving.request_papers import check_request, make_papers, read_explained_paper
from arxonomy.serving.request_schemas import CheckRequest, ClassifyRequest, ExplainOptions
from arxonomy.serving.service import Service
from arxonomy.taxonomy import Taxonomy

Body = dict[str, Any]
"""A parsed object of JSON."""


async def classify(service: Service, body: Body, deadline: float, request: Request | None = None) -> Body:
    """Answer a `ClassifyRequest` with a `ClassifyResponse`.

    Args:
        service: The service.
        body: What was sent, which is validated here.
        deadline: As for `Service.wait_for`.
        request: As there.

    Raises:
        ApiError: The body does not fit, or there is no answer in time.
    """
    lines = f", or JSON lines ({JSON_LINES})" if request else ""
    options = check_request(body, service, ClassifyRequest, lines)
    viewed = choose_view(service, options.among)
    chosen = make_options(
        service,
        viewed,
        options.prior,
        options.top_k,
        options.min_confidence,
        options.level,
        options.back_off,
    )
    future = service.classify(make_papers(options.papers), chosen, deadline)
    predictions = await service.wait_for(request, future, deadline)
    return _describe(predictions, service.classifier.taxonomy)


async def explain(service: Service, body: Body, deadline: float, request: Request | None = None) -> Body:
    """Answer an `ExplainRequest` with an `ExplainRecord`; see `classify`."""
    paper, given = read_explained_paper(body)
    options = validate(given, ExplainOptions)
    if options.method == "gradients" and service.classifier.backend != "torch":
        # Otherwise PyTorch would be loaded for this error alone.
        raise make_field_error("method", "gradients needs a model that PyTorch computes: --backend torch")
    viewed = choose_view(service, options.among)
    future = service.explain(paper, options.method, options.category, options.against, viewed, options.top_k)
    try:
        explanation = await service.wait_for(request, future, deadline)
    except (SettingsError, ModuleNotFoundError) as error:  # Captum may be missing
        field = str(error).partition(":")[0]
        if field not in ("category", "against"):
            field = "method"
        raise make_field_error(field, str(error)) from None
    return dict(explanation.to_dict())


async def check(service: Service, body: Body, deadline: float, request: Request | None = None) -> Body:
    """Answer a `CheckRequest` with a `CheckResponse`; see `classify`."""
    options = check_request(body, service, CheckRequest)
    checker = _make_checker(service, options)
    papers = make_papers(options.papers)
    future = service.classify(papers, service.make_options(), deadline)
    predictions = await service.wait_for(request, future, deadline)
    checks = [checker.judge(*pair) for pair in zip(papers, predictions, strict=True)]
    return {
        "checks": [own.to_dict() for own in checks],
        "rule": checker.rule.describe(),
        "names": _find_names(checks, service.classifier.taxonomy),
    }


def _describe(predictions: Sequence[Prediction], taxonomy: Taxonomy | None) -> Body:
    response: Body = {"predictions": [prediction.to_dict() for prediction in predictions]}
    if taxonomy:
        shares = (
            share
            for own in predictions
            for share in (*own.categories, *(own.listed or ()), *(own.within or ()))
        )
        response["names"] = taxonomy.get_names(dict.fromkeys(category for category, _ in shares))
    return response


def _make_checker(service: Service, options: CheckRequest) -> Checker:
    if options.rule == "arxiv" and options.false_alarms is not None:
        raise make_field_error("false_alarms", "is of the rule thresholds; leave it out")
    rate = FALSE_ALARMS if options.false_alarms is None else options.false_alarms
    try:
        with use_interface(Interface.KEYS):
            return Checker(service.classifier, options.rule, rate)
    except SettingsError as error:
        text = str(error)
        field = "false_alarms" if text.startswith("`false_alarms`: ") else "rule"
        raise make_field_error(field, text.removeprefix(f"`{field}`: ").removeprefix(f"{field}: ")) from None


def _find_names(checks: list[Check], taxonomy: Taxonomy | None) -> dict[str, str]:
    if taxonomy is None:
        return {}
    return taxonomy.get_names(dict.fromkeys(own.category for check in checks for own in check.evidence))
