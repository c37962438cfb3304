"""What this installation consists of, and what is broken in it: `diagnose`.

results.py      what is found: `Diagnosis` and its parts
diagnosis.py    looks at all parts, and collects the problems
packages.py     the requirements and extras, by the metadata of the installed package
machine.py      the system, the processor, its cores and instruction sets
folders.py      the folders that are written to
models.py       the model that answers, and the others; each of their bytes is checked
speed.py        the speed of this machine, measured now
text_report.py  a diagnosis as text, to read and to paste into a bug report
"""

from arxonomy.doctor.diagnosis import diagnose
from arxonomy.doctor.results import Diagnosis

__all__ = ["Diagnosis", "diagnose"]
