"""The results of studies as HTML pages: how good, how confident, where wrong, and how it was measured.

A page shows what a result holds, the same that `--json` prints, and computes nothing itself.

    sections.py     an evaluation: what the templates show of each section
    studies.py      comparisons, drift and learning curves
    tuning.py       a search of settings
    figures.py      the charts of the pages
    charts.py       line charts as SVG
    templates/      one template for each page and each section; `pieces.html.jinja` and `report.css` for all,
                    `report.js` searches and sorts long tables
"""

from arxonomy.studies.report.sections import render_report
from arxonomy.studies.report.studies import render_comparison, render_drift, render_learning_curves
from arxonomy.studies.report.tuning import render_tuning

__all__ = ["render_comparison", "render_drift", "render_learning_curves", "render_report", "render_tuning"]
