"""Invented papers as arXiv's services write them: OAI-PMH in two forms, the Atom of the interface."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

GROUPS = {"cs": "cs", "math": "math", "stat": "stat", "hep-th": "physics", "cond-mat": "physics"}
WORDS = (
    "grammar kernel camera lattice token depth margin spin corpus variance pose flux syntax regret".split()
)


@dataclass
class Invented:
    """An invented paper."""

    id: str
    categories: list[str]
    versions: list[date]
    changed: date
    kind: str = "new"
    """How it is announced."""

    @property
    def number(self) -> int:
        return int(re.sub(r"\D", "", self.id))

    @property
    def title(self) -> str:
        return f"On the {WORDS[self.number % 14]} of {WORDS[self.number // 14 % 14]} & {self.number}"

    @property
    def abstract(self) -> str:
        return f"We study <{WORDS[self.number % 14]}>\n  with $\\tau$ and {self.number} examples."

    @property
    def sets(self) -> set[str]:
        found = set()
        for category in self.categories:
            archive, _, rest = category.partition(".")
            group = GROUPS.get(archive, "cs")
            found |= {group, f"{group}:{archive}"} | ({f"{group}:{archive}:{rest}"} if rest else set())
        return found


def invent_papers(count: int, first: date = date(2026, 10, 1), a_day: int = 4) -> dict[str, Invented]:
    """Invented papers, some on each day: of cs.CL, cross-listed in turn in cs.LG, cs.NA and nowhere else."""
    papers = {}
    for number in range(count):
        day = first + timedelta(number // a_day)
        others = [["cs.LG"], ["cs.NA", "math.NA"], []][number % 3]
        versions = [day - timedelta(30), day] if number % 5 == 4 else [day]
        name = f"{versions[0]:%y%m}.{number + 1:05}"
        kind = "replace" if len(versions) > 1 else "new"
        papers[name] = Invented(name, ["cs.CL", *others], versions, day, kind)
    return papers


def name_type(paper: Invented, kind: str, name: str) -> str:
    is_own = name in (paper.categories[0], paper.categories[0].split(".")[0])
    return "replace-cross" if kind == "replace" and not is_own else kind


def wrap_oai(text: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><responseDate>2026-10-02T12:00:00Z</responseDate>'
        f"<request>http://oaipmh.arxiv.org/oai</request>{text}</OAI-PMH>"
    ).encode()


def render_header(paper: Invented) -> str:
    sets = "".join(f"<setSpec>{name}</setSpec>" for name in sorted(paper.sets))
    return (
        f"<header><identifier>oai:arXiv.org:{paper.id}</identifier>"
        f"<datestamp>{paper.changed}</datestamp>{sets}</header>"
    )


def render_metadata(paper: Invented, prefix: str) -> str:
    """The metadata of a paper, as arXiv's templates have them."""
    common = f"<categories>{' '.join(paper.categories)}</categories><comments>9 pages</comments>"
    end = f"<license>http://arxiv.org/licenses/x/</license><abstract>  {escape(paper.abstract)}\n</abstract>"
    if prefix == "arXiv":
        return (
            f"<metadata><arXiv xmlns='http://arxiv.org/OAI/arXiv/'><id>{paper.id}</id><created>{paper.versions[-1]}</created>"
            "<authors><author><keyname>Roe</keyname><forenames>Ada</forenames></author><author><keyname>Li</keyname>"
            f"<forenames>Bo</forenames><suffix>Jr</suffix></author></authors><title>{escape(paper.title)}</title>"
            f"{common}<acm-class>wrong</acm-class><doi>10.1/x{paper.number}</doi>{end}</arXiv></metadata>"
        )
    versions = "".join(
        f"<version version='v{number}'><date>{_format_date(day)}</date><size>9kb</size></version>"
        for number, day in enumerate(paper.versions, 1)
    )
    return (
        f"<metadata><arXivRaw xmlns='http://arxiv.org/OAI/arXivRaw/'><id>{paper.id}</id>"
        f"<submitter>Ada Roe</submitter>{versions}<title>{escape(paper.title)}</title>"
        f"<authors>Ada Roe, Bo Li Jr</authors>{common}<doi>10.1/x{paper.number}</doi>"
        f"{end}</arXivRaw></metadata>"
    )


def _format_date(day: date) -> str:
    return format_datetime(datetime(day.year, day.month, day.day, 23, tzinfo=UTC), usegmt=True)


def render_entry(paper: Invented) -> str:
    listed = "".join(
        f"<category term='{one}' scheme='http://arxiv.org/schemas/atom'/>" for one in paper.categories
    )
    return (
        f"<entry><id>http://arxiv.org/abs/{paper.id}v{len(paper.versions)}</id>"
        f"<updated>{paper.versions[-1]}T18:00:00Z</updated><published>{paper.versions[0]}T18:00:00Z</published>"
        f"<title>{escape(paper.title)}</title><summary>  {escape(paper.abstract)}\n</summary>"
        "<author><name>Ada Roe</name></author><author><name>Bo Li Jr</name></author>"
        f"<arxiv:comment>9 pages</arxiv:comment><arxiv:doi>10.1/x{paper.number}</arxiv:doi>"
        f"<arxiv:primary_category term='{paper.categories[0]}'/>{listed}<category term='68T50'/></entry>"
    )


def render_atom(entries: str, total: int) -> bytes:
    return (
        "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom' "
        "xmlns:arxiv='http://arxiv.org/schemas/atom' xmlns:opensearch='http://a9.com/-/spec/opensearch/1.1/'>"
        f"<opensearch:totalResults>{total}</opensearch:totalResults>{entries}</feed>"
    ).encode()
