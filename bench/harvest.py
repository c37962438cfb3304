"""What `arxonomy harvest` takes for many records, from pages that a server on this machine has ready.

    python bench/harvest.py --out bench/records/harvest.json [--records 100000]

The pages are as arXiv's: 2,500 records with abstracts of 1,200 letters, then lists of 20,000 ids. The harvest
is a process of its own, whose seconds and peak memory the record has, from its start to the finished file, of
the quickest of three runs; the server is another one. A server on this machine is asked without pauses.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from arxonomy.atomic import write_atomic

PAGE, ID_PAGE, A_DAY = 2500, 20_000, 1500
FIRST, RUNS = date(2026, 6, 1), 3


def make_pages(records: int) -> dict[tuple[str, int], bytes]:
    """Pages by verb and number."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 10))) for _ in range(3000)]
    headers, bodies = [], []
    for number in range(records):
        day = FIRST + timedelta(number // A_DAY)
        name = f"{day:%y%m}.{number % 100_000:05}"
        header = (
            f"<header><identifier>oai:arXiv.org:{name}</identifier><datestamp>{day}</datestamp>"
            "<setSpec>cs:cs:CL</setSpec></header>"
        )
        headers.append(header)
        abstract = " ".join(draw.choices(words, k=180))
        bodies.append(
            f"<record>{header}<metadata><arXivRaw xmlns='http://arxiv.org/OAI/arXivRaw/'><id>{name}</id>"
            "<submitter>Ada Roe</submitter><version version='v1'><date>Mon, 1 Jun 2026 17:59:59 GMT</date>"
            "<size>99kb</size><source_type>D</source_type></version>"
            f"<title>{' '.join(draw.choices(words, k=9))}</title>"
            "<authors>Ada Roe, Bo Li, Chen Wu and Dora Fox</authors>"
            "<categories>cs.CL cs.AI cs.LG</categories><comments>9 pages, 5 figures</comments>"
            "<license>http://creativecommons.org/licenses/by/4.0/</license>"
            f"<abstract>  {abstract}\n</abstract></arXivRaw></metadata></record>"
        )
    pages = {}
    for verb, items, size in (("ListRecords", bodies, PAGE), ("ListIdentifiers", headers, ID_PAGE)):
        for number, start in enumerate(range(0, records, size)):
            following = number + 1 if start + size < records else ""
            token = f"<resumptionToken>{following}</resumptionToken>"
            pages[verb, number] = (
                '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
                f"<responseDate>2026-10-02T12:00:00Z</responseDate><{verb}>"
                f"{''.join(items[start : start + size])}{token}</{verb}></OAI-PMH>"
            ).encode()
    return pages


def serve(records: int, port: multiprocessing.Queue) -> None:
    """Serve the pages until the process is ended."""
    pages = make_pages(records)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            arguments = parse_qs(urlsplit(self.path).query)
            body = pages[arguments["verb"][0], int(arguments.get("resumptionToken", ["0"])[0])]
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.put((server.server_port, sum(map(len, pages.values()))))
    server.serve_forever()


def harvest(port: int, name: str) -> dict[str, float]:
    """Harvest into a file of this name, in a process of its own; its numbers."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["harvest", "--from", FIRST.isoformat(), "--json", "-o", str(Path(folder, name))]
        env = {**os.environ, "ARXONOMY_LOOPBACK": f"http://127.0.0.1:{port}"}
        start = time.perf_counter()
        done = subprocess.Popen([sys.executable, "-m", "arxonomy", *words], env=env, stdout=subprocess.PIPE)
        report = json.loads(done.stdout.read())
        _, status, usage = os.wait4(done.pid, 0)
        seconds = time.perf_counter() - start
        assert status == 0 and report["is_complete"]
        processor = usage.ru_utime + usage.ru_stime
        return {
            "papers": report["papers"],
            "seconds": round(seconds, 2),
            "records_per_second": round(report["papers"] / seconds),
            "processor_seconds": round(processor, 2),
            "records_per_processor_second": round(report["papers"] / processor),
            "peak_megabytes": round(usage.ru_maxrss / 1024),
            "file_megabytes": round(Path(folder, name).stat().st_size / 1e6, 1),
        }


def main() -> None:
    """Measure, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--out", type=Path, required=True, help="the record to write (JSON)")
    arguments = parser.parse_args()
    queue = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(arguments.records, queue), daemon=True)
    server.start()
    port, size = queue.get()
    record = {
        "command": f"python bench/harvest.py --records {arguments.records} --out {arguments.out.name}",
        "pages_megabytes": round(size / 1e6, 1),
        **{
            form: min((harvest(port, f"papers.{form}") for _ in range(RUNS)), key=lambda run: run["seconds"])
            for form in ("jsonl", "parquet")
        },
    }
    server.terminate()
    text = json.dumps(record, indent=1)
    write_atomic(arguments.out, text + "\n")
    print(text)


if __name__ == "__main__":
    main()
