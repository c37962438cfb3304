"""What the documents show of the model in the package, besides its scores: own labels, class priors, other texts.

Every number comes out of a file in experiments/records, written by the program whose command stands in it.
"""

from __future__ import annotations

from tables import make_table, read_record

PACKAGED = "experiments/records/packaged"
KINDS = {
    "documentation": "documentation of software",
    "prose": "prose",
    "other languages": "other languages",
    "all": "all of these",
}
"""Kind of text in the record -> its name."""

RARE_FROM, RARE_BELOW = 0.001, 3
"""Least share of a category that the card warns of, and how many times rarer the calibration takes it for."""

FEW = 10
"""Papers of a category that say how frequent it is."""


def format_points(points: float) -> str:
    """A difference in points of accuracy, with its sign; none is `0.0`."""
    shown = f"{points:+.1f}"
    return shown[1:] if float(shown) == 0 else shown


def own_labels_table() -> str:
    """A head on the packaged network against a linear model, on few papers with labels of other kinds."""
    record = read_record(f"{PACKAGED}/own_labels.json")
    rows = []
    for size, systems in record["sizes"].items():
        head, svm, gain = systems["network-head"], systems["linear-svm"], systems["difference"]
        rows.append(
            [
                f"{int(size):,}",
                *(
                    f"{100 * own['accuracy']['mean']:.1f} ± {100 * own['accuracy']['deviation']:.1f}"
                    for own in (head, svm)
                ),
                f"{100 * gain['mean']:+.1f} (worst {100 * gain['worst']:+.1f})",
                *(f"{own['expected_calibration_error']['mean']:.3f}" for own in (head, svm)),
                f"{head['training_seconds']['mean']:.1f}",
            ]
        )
    table = make_table(
        [
            "papers",
            "head: accuracy, %",
            "TF-IDF + LinearSVC",
            "gain, points",
            "head: calibration error",
            "TF-IDF + LinearSVC",
            "head: processor seconds of training",
        ],
        rows,
    )
    return f"""
{record["draws"]} draws of each number of papers, {len(record["headings"])} subject headings that gather categories of arXiv's, {record["test_papers"]:,} test
papers in each draw; ± is the standard deviation over draws. The network has not seen these papers, but others of the
same fields: labels that have nothing to do with a paper's field gain less. Both are tuned and calibrated alike:

{table}"""


def prior_table() -> str:
    """What an estimated class prior gains on files of other mixes."""
    record = read_record("experiments/records/class_prior.json")
    sizes = list(next(iter(record["mixes"].values())))
    rows = [
        [
            name,
            *(
                f"{format_points(own[size]['gain'])} (worst {format_points(own[size]['worst_gain'])})"
                for size in sizes
            ),
        ]
        for name, own in record["mixes"].items()
    ]
    table = make_table(["mix of the papers", *(f"{int(size):,} papers" for size in sizes)], rows)
    return f"""
Points of accuracy that `--prior auto` gains on average, of {record["draws"]} draws of each mix and number of papers, and in the worst
of them; {record["labels"]} categories, drawn from {record["papers"]:,} papers that the model has not seen:

{table}"""


def outside_table() -> str:
    """Texts that are no papers of arXiv's: how well they are told apart, and what passes."""
    record = read_record(f"{PACKAGED}/outside.json")
    rows = []
    for kind, name in KINDS.items():
        own = record["kinds"][kind]
        shares = ("accepted_at_threshold", "accepted_at_95", "confident_at_95")
        rows.append(
            [
                name,
                f"{own['texts']:,}",
                f"{own['area_under_roc']['typicality']:.3f}",
                *(f"{100 * own[share]:.1f}%" for share in shares),
            ]
        )
    papers = record["papers"]
    table = make_table(
        [
            "texts",
            "number",
            "area under ROC",
            "taken for a paper",
            "taken for one where 95% of the papers are",
            f"and with a probability of {record['confident_from']:.0%} or more",
        ],
        rows,
    )
    return f"""
Texts that are no papers, against {papers["count"]:,} test papers, of which {100 * papers["accepted_at_threshold"]:.1f}% are taken for papers of the field. The
temperature of typicality was chosen on the same texts, against validation papers:

{table}"""


def left_out_table() -> str:
    """Papers of archives that were left out of a training: how well they are told apart."""
    record = read_record(f"{PACKAGED}/left_out.json")
    rows = []
    for fold in record["folds"].values():
        areas = fold["area_under_roc"]
        rows.append(
            [
                ", ".join(fold["archives"]),
                f"{fold['training_papers']:,}",
                *(f"{areas[score]:.3f}" for score in ("typicality", "probability")),
                f"{100 * fold['accepted_at_95']:.1f}%",
            ]
        )
    areas = [fold["area_under_roc"]["typicality"] for fold in record["folds"].values()]
    table = make_table(
        [
            "archives left out",
            "training papers",
            "area under ROC",
            "of the largest probability",
            "taken for a paper of the field where 95% of its papers are",
        ],
        rows,
    )
    return f"""
The same recipe, but with the linear branch of the package before, trained {len(rows)} times on fewer papers without the archives of
a group; newer papers of these against newer papers of the others. Mean area under ROC: {sum(areas) / len(areas):.3f}.

{table}"""


def rare_table() -> str:
    """The categories that the calibration takes for rarer than they are on arXiv, and what `--prior arxiv` gains."""
    record = read_record(f"{PACKAGED}/arxiv_mix.json")
    first, last = record["months"]
    shares = {
        name: {part: count / record["papers"][part] for part, count in counts.items()}
        for name, counts in record["categories"].items()
    }
    rare = {
        name: own
        for name, own in shares.items()
        if own["training"] >= RARE_FROM and own["validation"] < own["training"] / RARE_BELOW
    }
    rows = [
        [name, *(f"{100 * own[part]:.2f}%" for part in ("training", "validation"))]
        for name, own in sorted(rare.items(), key=lambda item: item[1]["validation"] / item[1]["training"])
    ]
    head = ["category", f"of the papers of {first} to {last}", "of the validation papers"]
    missing = [f"`{name}`" for name, counts in record["categories"].items() if counts["training"] < FEW]
    return f"""
Probabilities assume the shares of the categories among the validation papers, all of one month, of which the collection
has few of some categories. Where yours come from all of arXiv, state the shares of the {record["papers"]["training"]:,} papers of {first} to
{last}: `--prior arxiv`. {mix_sentence()}

{make_table(head, rows)}

Fewer than {FEW} of these papers are {", ".join(missing)}: their shares are not known, and stay as they are.
"""


def mix_sentence() -> str:
    """What `--prior arxiv` gains on papers that have arXiv's own mix, and costs on those at hand."""
    record = read_record(f"{PACKAGED}/arxiv_mix.json")["later"]
    plain, stated = record["without"], record["with"]
    low, high = (100 * end for end in record["interval"])
    return (
        f"On {record['papers']:,} later papers, weighted to that mix, "
        f"{100 * stated['accuracy']:.1f}% of the answers are right with it and {100 * plain['accuracy']:.1f}% without "
        f"({100 * record['gain']:+.1f} points, 95% interval {low:+.1f} to {high:+.1f}; log-loss "
        f"{stated['log_loss']:.2f} and {plain['log_loss']:.2f}); not weighted, as the collection has them, "
        f"{100 * stated['accuracy_unweighted']:.1f}% and {100 * plain['accuracy_unweighted']:.1f}%."
    )


def later_table() -> str:
    """The measured model on more papers of the months after its training."""
    record = read_record(f"{PACKAGED}/later.json")
    rows = []
    for month in record["slices"]["by_month"]:
        low, high = (f"{100 * end:.1f}" for end in month["accuracy_interval"])
        rows.append(
            [
                month["month"],
                f"{month['papers']:,}",
                f"{100 * month['accuracy']:.1f}% ({low} to {high})",
                f"{100 * month['top5_accuracy']:.1f}%",
                f"{100 * month['any_listed_accuracy']:.1f}%",
                f"{month['expected_calibration_error']:.3f}",
            ]
        )
    head = ["month", "papers", "accuracy (95% interval)", "top 5", "any listed category", "calibration error"]
    return f"""
{record["papers"]:,} more papers of the last months, which the scored model has not seen, and the one in this folder has:

{make_table(head, rows)}"""


def drift_table() -> str:
    """The measured model month by month after its training, and what `arxonomy drift` says of it."""
    record = read_record(f"{PACKAGED}/drift.json")
    rows = []
    for month in record["months"]:
        accuracy, drop, expected = (
            "{:.1f} ({:.1f} to {:.1f})".format(
                100 * month[name], *(100 * end for end in month[f"{name}_interval"])
            )
            for name in ("accuracy", "drop", "confidence")
        )
        rows.append(
            [
                month["month"],
                f"{month['papers']:,}",
                accuracy,
                drop,
                format_points(100 * month["drop_by_prior"]),
                expected,
                f"{month['expected_calibration_error']:.3f}",
                f"{100 * month['prior_shift']:.1f}",
                f"{100 * month['unknown_words']:.2f}",
                f"{100 * month['atypical']:.2f}",
            ]
        )
    head = [
        "month",
        "papers",
        "accuracy, %",
        "drop, points",
        "of it by the class prior",
        "expected accuracy, %",
    ]
    head += ["calibration error", "shift of the class prior, %", "unknown words, %", "atypical papers, %"]
    own, newest = record["reference"], record["months"][-1]
    low, high = (f"{100 * end:.1f}" for end in own["accuracy_interval"])
    words = ", ".join(f"`{word['word']}` ({word['papers']})" for word in newest["new_words"][:5])
    moved = ", ".join(
        f"{change['label']} {100 * (change['share'] - change['share_change']):.1f}% to {100 * change['share']:.1f}%"
        for change in newest["categories"][:3]
    )
    return f"""
The recipe of the packaged model, trained on papers of {record["after"]} and before, but for a few. Its own accuracy, on {own["papers"]:,} {own["part"]} papers, is
{100 * own["accuracy"]:.1f}% ({low} to {high}):

{make_table(head, rows)}

In {newest["month"]} the shares of these categories changed most: {moved}. The most frequent new words, with their
papers: {words}. What `arxonomy drift` says:

> {"Train again" if record["verdict"]["retrain"] else "No need to train again"}: {record["verdict"]["reason"]}.
"""


def refresh_sentence() -> str:
    """What `arxonomy refresh` made of the measured model."""
    record = read_record(f"{PACKAGED}/refresh.json")
    old, new, gain = (100 * record[name] for name in ("old_accuracy", "new_accuracy", "gain"))
    low, high = (f"{100 * end:+.1f}" for end in record["gain_interval"])
    done = "and replaced it" if record["replaced"] else "and did not replace it"
    return f"""
The measured model, trained further on {record["train"]:,} papers that it had not seen, most of these months, went from {old:.1f}% to
{new:.1f}% on the {record["held_out"]:,} papers since {record["held_out_from"]}: {gain:+.1f} points ({low} to {high}), {done}.
{len(record.get("absent", []))} categories, with {100 * record.get("at_risk", 0):.2f}% of all papers, had no new training paper.
"""
