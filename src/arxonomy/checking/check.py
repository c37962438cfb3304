"""Papers with the categories that their authors chose, and a model -> a verdict on each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from arxonomy.checking.filing import Filing, FilingReader
from arxonomy.checking.results import Cause, Check, Checks, Evidence
from arxonomy.checking.rules import FALSE_ALARMS, RuleName, make_rule
from arxonomy.checking.summary import Summary
from arxonomy.errors import SettingsError
from arxonomy.inference import Classifier, PaperLike, load
from arxonomy.inference.pairs import pair_with_predictions
from arxonomy.inference.paper_like import iterate_papers
from arxonomy.papers import AnyFiles, BadRecord, are_files, read_files
from arxonomy.papers.files import list_files
from arxonomy.records import PARTS, AnyPath, Paper, Prediction


def check(
    papers: AnyFiles | Iterable[PaperLike],
    model: AnyPath | Classifier | None = None,
    *,
    rule: RuleName = "thresholds",
    false_alarms: float = FALSE_ALARMS,
) -> Checks:
    """Check the categories that authors chose: agree, propose cross-lists, propose a move, or cannot tell.

    >>> paper = {"title": "Parsing sentences", "abstract": "...", "category": "math.AG"}  # doctest: +SKIP
    >>> arxonomy.check([paper]).checks[0].move_to  # doctest: +SKIP
    'cs.CL'

    Args:
        papers: Papers as for `Classifier.classify`, with the keys `category` and perhaps `categories`; or a
            file or several.
        model: A bundle, a run folder or a classifier; None: the one that `arxonomy.load()` loads.
        rule: `thresholds`, or `arxiv` for the rule that arXiv has published.
        false_alarms: Share in 0..1 of papers as filed for which a move is proposed, and for which cross-lists
            are; of the rule `thresholds`.

    Raises:
        InputError: A file cannot be read, or a paper has neither title nor abstract.
        SettingsError: An option is out of range, or the model does not support the rule.
    """
    classifier = model if isinstance(model, Classifier) else load(model)
    checker = Checker(classifier, rule, false_alarms)
    bad: list[BadRecord] = []
    if are_files(papers):
        read = read_files(list_files(papers), labeled=False, on_bad=bad.append)
    else:
        read = iterate_papers(papers)
    checks = tuple(checker.stream(read))
    seen = Summary.of(checks, classifier.sources).count_seen()
    return Checks(checks, checker.rule, sum(record.records for record in bad), seen)


class Checker:
    """Gives verdicts on papers; many threads may use it at once.

    Args:
        classifier: The model, with its own labels and class prior.
        rule: See `check`.
        false_alarms: See `check`.

    Attributes:
        rule: The rule.

    Raises:
        SettingsError: See `check`; or the classifier has a view or a stated class prior.
    """

    def __init__(
        self, classifier: Classifier, rule: RuleName = "thresholds", false_alarms: float = FALSE_ALARMS
    ) -> None:
        if classifier.view is not None or classifier.prior is not None:
            raise SettingsError(
                "papers are checked with all categories of a model and its own class prior, for which error "
                "rates are known; leave out the choice of labels and the prior"
            )
        self.rule = make_rule(classifier, rule, false_alarms)
        self._classifier = classifier
        self._filings = FilingReader(classifier)

    def stream(self, papers: Iterable[Paper], window: int = 2048) -> Iterator[Check]:
        """Check any number of papers in bounded memory; the order is kept.

        Args:
            papers: Papers with the categories that their authors chose.
            window: Papers held at a time, >= 1.

        Raises:
            InputError: A paper has neither title nor abstract.
        """
        for paper, prediction in pair_with_predictions(self._classifier, papers, None, window):
            yield self.judge(paper, prediction)

    def judge(self, paper: Paper, prediction: Prediction) -> Check:
        """Judge the categories of one paper.

        Args:
            paper: The paper.
            prediction: Its prediction, with all categories.
        """
        filing = self._filings.read(paper)
        if not isinstance(filing, Filing):
            written = tuple(dict.fromkeys(paper.categories)) or None
            return Check(paper, paper.category or None, written, "cannot-tell", filing.reason, filing.cause)
        if (found := _explain_unreadable(prediction)) is not None:
            cause, reason = found
            return Check(paper, filing.category, filing.categories, "cannot-tell", reason, cause)
        shares = dict(prediction.categories)
        listed = None if prediction.listed is None else dict(prediction.listed)
        judged = self.rule.judge(filing, shares, listed)
        best = judged.move_to or next((name for name in shares if name != filing.category), None)
        shown = [] if judged.cause else dict.fromkeys(filter(None, [filing.category, best, *judged.add]))
        return Check(
            paper,
            filing.category,
            filing.categories,
            judged.verdict,
            judged.reason,
            judged.cause,
            judged.move_to,
            tuple(judged.add),
            tuple(Evidence(name, shares[name], (listed or {}).get(name)) for name in shown),
        )


def _explain_unreadable(prediction: Prediction) -> tuple[Cause, str] | None:
    """Explain why a text is no ground for a verdict; thresholds are of whole papers of the model's field."""
    if prediction.is_atypical:
        return "outside of its field", prediction.warnings[-1]
    missing = [part for part in PARTS if part not in prediction.read]
    if missing:
        return "read in part", f"there is no {' and no '.join(missing)} to read"
    if prediction.warnings:
        return "read in part", prediction.warnings[0]
    return None
