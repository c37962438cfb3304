"""A server on loopback that stands in for all of arXiv's, in its dialect, and misbehaves on command.

It has invented papers. Its lists are those of arXiv's own code: ordered by the day of the last change and the
id, with tokens that advance `from` to the last day of a page, an empty token on the last page of several, no
token on a single page, no size of the list, and errors with the status 200.
"""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit
from xml.sax.saxutils import escape

from arxiv_papers import (
    Invented,
    invent_papers,
    name_type,
    render_atom,
    render_entry,
    render_header,
    render_metadata,
    wrap_oai,
)


@dataclass
class Fault:
    """What the next request that matches gets in place of a good answer; None is as in a good answer."""

    path: str = ""
    """The start of the path and query of the requests that it is for."""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut: int | None = None
    """Bytes of the body that are sent."""
    lies: bool = True
    """Whether Content-Length is that of the whole body, so that the connection breaks before its end."""
    kind: str | None = None
    """The content type."""
    pause: float = 0.0
    """Seconds before each byte of the body."""
    compressed: bool = False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that are killed."""


class ArxivServer:
    """Serves within a `with` block; what it has may be changed at any time."""

    def __init__(self, papers: dict[str, Invented] | None = None, page: int = 5, id_page: int = 12) -> None:
        self.papers = papers if papers is not None else invent_papers(20)
        self.page, self.id_page = page, id_page
        self.day = date(2026, 10, 2)
        """Of the newest announcement."""
        self.feed_lacks: set[str] = set()
        """Ids that the feed lacks."""
        self.feed_papers: dict[str, Invented] | None = None
        """The feed's papers, where it is of an earlier day."""
        self.listing_page = 2000
        self.faults: list[Fault] = []
        self.before: Callable[[str], None] = lambda _: None
        """Called with the path of each request before it is answered."""
        self.oai: Callable[[dict[str, str]], bytes] = self.answer_oai
        self.requests: list[tuple[str, dict[str, str]]] = []
        """Paths and headers."""
        self.busy = self.most_busy = self.connections = 0
        self._lock = threading.Lock()

    def __enter__(self) -> ArxivServer:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                owner.connections += 1

            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def count(self, start: str) -> int:
        """The requests so far whose path begins so."""
        return sum(path.startswith(start) for path, _ in self.requests)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.requests.append((handler.path, dict(handler.headers)))
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
            self.before(handler.path)
            fault = next((one for one in self.faults if handler.path.startswith(one.path)), None)
            if fault is not None:
                self.faults.remove(fault)
            kind, body = self.make_body(handler.path)
        try:
            with contextlib.suppress(ConnectionError):
                self.send(handler, fault or Fault(), kind, body)
        finally:
            with self._lock:
                self.busy -= 1

    def send(self, handler: BaseHTTPRequestHandler, fault: Fault, kind: str, body: bytes) -> None:
        body = body if fault.body is None else fault.body
        if fault.compressed:
            body = gzip.compress(body)
            handler.close_connection = False
        handler.send_response(fault.status or 200)
        sent = body if fault.cut is None else body[: fault.cut]
        handler.send_header("Content-Type", fault.kind or kind)
        handler.send_header("Content-Length", str(len(body) if fault.lies else len(sent)))
        if fault.compressed:
            handler.send_header("Content-Encoding", "gzip")
        for name, value in fault.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        if fault.pause:
            for place in range(len(sent)):
                time.sleep(fault.pause)
                handler.wfile.write(sent[place : place + 1])
        else:
            handler.wfile.write(sent)
        if len(sent) < len(body) and fault.lies:
            handler.close_connection = True

    def make_body(self, address: str) -> tuple[str, bytes]:
        parts = urlsplit(address)
        if parts.path == "/oai":
            return "text/xml; charset=utf-8", self.oai(dict(parse_qsl(parts.query)))
        if parts.path == "/api/query":
            return "application/atom+xml", self.answer_api(dict(parse_qsl(parts.query)))
        name = unquote(parts.path.split("/")[2]) if parts.path.count("/") > 1 else ""
        if parts.path.startswith("/rss/"):
            return "application/rss+xml", self.answer_rss(name)
        return "text/html; charset=utf-8", self.answer_listing(name, dict(parse_qsl(parts.query)))

    # OAI-PMH

    def answer_oai(self, arguments: dict[str, str]) -> bytes:
        verb, token = arguments["verb"], arguments.get("resumptionToken")
        skip = 0
        asked = dict(arguments)
        if token is not None:
            asked = {key: value[0] for key, value in parse_qs(unquote(token)).items()}
            skip = int(asked.pop("skip", "-1"))
            if skip < 0:
                return wrap_oai("<error code='badResumptionToken'>no such token</error>")
        first, last = asked.get("from", "2005-09-16"), asked.get("until", "9999-12-31")
        wanted = asked.get("set")
        if first < "2005-09-16":
            return wrap_oai("<error code='badArgument'>from is too early</error>")
        if wanted is not None and not any(wanted in paper.sets for paper in self.papers.values()):
            return wrap_oai("<error code='badArgument'>Set does not exist</error>")
        size = self.page if verb == "ListRecords" else self.id_page
        found = sorted(
            (
                paper
                for paper in self.papers.values()
                if first <= paper.changed.isoformat() <= last and (wanted is None or wanted in paper.sets)
            ),
            key=lambda paper: (paper.changed, paper.id),
        )[skip : skip + size + 1]
        if not found:
            return wrap_oai("<error code='noRecordsMatch'>nothing</error>")
        more, found = len(found) > size, found[:size]
        text = "".join(
            render_header(paper)
            if verb == "ListIdentifiers"
            else f"<record>{render_header(paper)}{render_metadata(paper, asked['metadataPrefix'])}</record>"
            for paper in found
        )
        if more:
            day = found[-1].changed.isoformat()
            if day == first:
                skip += size
            else:
                asked["from"], skip = day, sum(paper.changed == found[-1].changed for paper in found)
            token = quote(urlencode({**asked, "skip": skip}))
            text += f"<resumptionToken expires='2026-10-03T00:00:00Z'>{escape(token)}</resumptionToken>"
        elif arguments.get("resumptionToken") is not None:
            text += "<resumptionToken/>"
        return wrap_oai(f"<{verb}>{text}</{verb}>")

    # The interface

    def answer_api(self, arguments: dict[str, str]) -> bytes:
        start, size = int(arguments.get("start", "0")), int(arguments.get("max_results", "10"))
        if "id_list" in arguments:
            names = arguments["id_list"].split(",")
            if bad := [name for name in names if name.startswith("2599.")]:
                return render_atom(
                    "<entry><id>http://arxiv.org/api/errors#x</id><title>Error</title><summary>incorrect id "
                    f"format for {bad[0]}</summary></entry>", 1,
                )  # fmt: skip
            found = [self.papers[one] for name in names if (one := name.partition("v")[0]) in self.papers]
        else:
            found = sorted(self.papers.values(), key=lambda paper: (paper.versions[0], paper.id))
        entries = "".join(map(render_entry, found[start : start + size]))
        return render_atom(entries, len(found))

    # The announcement

    def list_announced(self, name: str) -> list[tuple[Invented, str]]:
        """The papers announced in a category, with their types: cross where it is not the primary one."""
        found = []
        for paper in self.papers.values():
            if paper.changed == self.day and any(
                one == name or one.split(".")[0] == name for one in paper.categories
            ):
                is_own = name in (paper.categories[0], paper.categories[0].split(".")[0])
                found.append((paper, paper.kind if is_own or paper.kind == "replace" else "cross"))
        return sorted(found, key=lambda pair: (["new", "cross", "replace"].index(pair[1]), pair[0].id))

    def answer_rss(self, name: str) -> bytes:
        if self.feed_papers is not None:
            pairs = [(paper, paper.kind) for paper in self.feed_papers.values()]
        else:
            pairs = [pair for pair in self.list_announced(name) if pair[0].id not in self.feed_lacks]
        items = "".join(
            f"<item><title>{escape(paper.title)}</title><link>https://arxiv.org/abs/{paper.id}</link>"
            f"<description>arXiv:{paper.id}v{len(paper.versions)} Announce Type: "
            f"{name_type(paper, kind, name)} \nAbstract: {escape(paper.abstract)}</description>"
            f"<guid isPermaLink='false'>oai:arXiv.org:{paper.id}v{len(paper.versions)}</guid>"
            + "".join(f"<category>{one}</category>" for one in (*paper.categories, paper.categories[0]))
            + f"<arxiv:announce_type>{name_type(paper, kind, name)}</arxiv:announce_type>"
            "<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>"
            "<dc:creator>Ada Roe, Bo Li</dc:creator></item>"
            for paper, kind in pairs
        )
        return (
            "<?xml version='1.0' encoding='UTF-8'?><rss xmlns:arxiv='http://arxiv.org/schemas/atom' "
            f"xmlns:dc='http://purl.org/dc/elements/1.1/' version='2.0'><channel><title>{name}</title>{items}"
            "</channel></rss>"
        ).encode()

    def answer_listing(self, name: str, arguments: dict[str, str]) -> bytes:
        announced = self.list_announced(name)
        skip, size = int(arguments.get("skip", "0")), min(int(arguments["show"]), self.listing_page)
        text = f"<h3>Showing new listings for {self.day:%A}, {self.day.day} {self.day:%B} {self.day:%Y}</h3>"
        if not announced:
            return f"<html><body><div id='dlpage'>{text}<p>No updates today.</p></div></body></html>".encode()
        text += f"<div class='paging'>Total of {len(announced)} entries </div>"
        shown = announced[skip : skip + size]
        for kind, title in (("new", "New"), ("cross", "Cross"), ("replace", "Replacement")):
            here = [pair for pair in shown if pair[1] == kind]
            total = sum(pair[1] == kind for pair in announced)
            if not here:
                continue
            how = "showing" if len(here) == total else "continued, showing last"
            how = "showing first" if len(here) < total and skip == 0 else how
            text += f"<dl id='articles'><h3>{title} submissions ({how} {len(here)} of {total} entries)</h3>"
            for number, (paper, _) in enumerate(here):
                text += (
                    f'<dt><a name="item{number}">[{number}]</a> <a href ="/abs/{paper.id}" id="{paper.id}" '
                    f'title="Abstract">\n arXiv:{paper.id}\n</a> [<a href="/pdf/{paper.id}">pdf</a>]</dt>'
                    f"<dd><div class='meta'><p class='mathjax'>{escape(paper.abstract)}</p></div></dd>"
                )
            text += "</dl>"
        return f"<!DOCTYPE html><html><body><div id='dlpage'>{text}</div></body></html>".encode()
