"""How soon the page without a server answers, in Chromium on a processor that is slowed down.

    python bench/page.py FOLDER [--rates 1 4] [--repeats 5] [--out record.json]

FOLDER is what `arxonomy page` has written. Each repeat is a new profile, whose caches are empty, and a second
visit. Chromium slows the thread of a page down, not that of a worker: so the model also loads and answers in
the page's own thread, which shows a slower processor as a whole.

    first     from the address to the first answer: all is loaded, and the model starts
    second    the same on a second visit
    thread    from the first import to the first answer where all runs in the page's thread
    answer    one more answer there
    explain   the words of a paper of 100 words there
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from urllib.parse import quote

from latency import ABSTRACT, TITLE
from playwright.sync_api import Browser, Page, sync_playwright
from processes import describe_machine

from arxonomy.atomic import write_atomic

IN_THREAD = """async ([folder, paper]) => {
  const seconds = {};
  const measure = async (name, task) => {
    const began = performance.now();
    const result = await task();
    seconds[name] = (performance.now() - began) / 1000;
    return result;
  };
  const model = await measure("thread", async () => {
    const { loadFacts, loadModel } = await import(`${folder}/load.js`);
    const loaded = await loadModel(loadFacts());
    await loaded.classify(paper);
    return loaded;
  });
  await measure("answer", () => model.classify(paper));
  await measure("explain", () => model.explain(paper));
  return seconds;
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        pass


def visit(page: Page, url: str) -> float:
    """Seconds from the address, which has the paper, to the first answer."""
    began = time.perf_counter()
    page.goto(f"{url}/#title={quote(TITLE)}&abstract={quote(ABSTRACT)}")
    page.wait_for_selector("#bars button", timeout=300_000)
    return time.perf_counter() - began


def measure(browser: Browser, url: str, folder: str, rate: int) -> dict[str, float]:
    """Seconds of each step, in a new profile on a processor that is `rate` times slower."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(300_000)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})
    seconds = {"first": visit(page, url)}
    page.goto("about:blank")
    seconds["second"] = visit(page, url)
    context.close()
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(300_000)
    page.route("**/worker.js", lambda route: route.abort())  # one model is enough
    page.goto(url)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})
    paper = {"title": TITLE, "abstract": ABSTRACT}
    seconds |= page.evaluate(IN_THREAD, [f"{url}/{folder}", paper])
    context.close()
    return seconds


def main() -> None:
    """Measure, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rates", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    (files,) = options.folder.glob("files-*")
    machine = describe_machine()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(options.folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    record = {
        "command": f"python bench/page.py FOLDER --repeats {options.repeats}",
        "bytes": sum(file.stat().st_size for file in options.folder.rglob("*") if file.is_file()),
        "machine": machine,
        "seconds": {},
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        record["chromium"] = browser.version
        for rate in options.rates:
            rows = [measure(browser, url, files.name, rate) for _ in range(options.repeats)]
            record["seconds"][f"{rate} times slower"] = {
                step: [round(seconds, 2) for seconds in sorted(row[step] for row in rows)] for step in rows[0]
            }
            print(rate, record["seconds"][f"{rate} times slower"], file=sys.stderr)
        browser.close()
    server.shutdown()
    data = json.dumps(record, indent=1) + "\n"
    if options.out:
        write_atomic(options.out, data)
    else:
        print(data, end="")


if __name__ == "__main__":
    main()
