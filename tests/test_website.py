"""The site of the documentation: nothing of it is missing, and nothing of it comes from another host."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from browser.conftest import Site, serve_folder
from lxml import html
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page, expect
from serving.browsing import NEED_BROWSER
from serving.conftest import browser as browser
from website import gather_pages, point_to_repository

from arxonomy.cli import COMMANDS

REPO = Path(__file__).resolve().parent.parent
CONFIG = (REPO / "zensical.toml").read_text(encoding="utf-8")


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the site was built as `make site` builds it."""
    folder = tmp_path_factory.mktemp("website")
    gather_pages(folder / "build" / "site")
    shutil.copy(REPO / "zensical.toml", folder)
    (folder / "src").symlink_to(REPO / "src")
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Any]:
    """The built pages by their paths, such as `docs/feed/index.html`."""
    site = folder / "site"
    return {str(file.relative_to(site)): html.parse(file).getroot() for file in sorted(site.rglob("*.html"))}


def find_page(source: Path) -> str:
    """The path of the page that is built from a file."""
    return "index.html" if source == Path("README.md") else f"{source.with_suffix('')}/index.html"


def list_navigation(entries: Any) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else entries.values():
        if isinstance(entry, str):
            yield entry
        else:
            yield from list_navigation(entry)


@pytest.mark.slow
def test_every_page_is_in_the_navigation_once(folder: Path, pages: dict[str, Any]) -> None:
    gathered = sorted(str(file.relative_to(folder / "build/site")) for file in folder.glob("build/**/*.md"))
    assert sorted(list_navigation(tomllib.loads(CONFIG)["project"]["nav"])) == gathered
    assert set(pages) == {find_page(Path(name)) for name in gathered} | {"404.html"}


@pytest.mark.slow
def test_every_link_and_picture_of_the_site_is_there(folder: Path, pages: dict[str, Any]) -> None:
    faults = []
    for name, page in pages.items():
        for element, attribute, link, _ in page.iterlinks():
            target = urlsplit(link)
            if target.scheme or link.startswith(("/", "#__")) or name == "404.html":
                continue
            path = (folder / "site" / name).parent / unquote(target.path)
            path = (folder / "site" / name if not target.path else path).resolve()
            file = path / "index.html" if path.is_dir() else path
            root = pages.get(str(file.relative_to(folder / "site")))
            if not file.is_file():
                faults.append(f"{name}: {element.tag} {attribute}={link}")
            elif (
                target.fragment
                and root is not None
                and not root.xpath("//*[@id=$id]", id=unquote(target.fragment))
            ):
                faults.append(f"{name}: no anchor {link}")
    assert faults == []


@pytest.mark.slow
def test_nothing_is_fetched_from_another_host(folder: Path, pages: dict[str, Any]) -> None:
    faults = [
        f"{name}: {element.tag} {attribute}={link}"
        for name, page in pages.items()
        for element, attribute, link, _ in page.iterlinks()
        if element.tag != "a" and re.match(r"(\w+:)?//", link)
    ]
    styles = [file.read_text(encoding="utf-8") for file in folder.glob("site/**/*.css")]
    assert styles
    assert faults + re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"']+", "".join(styles)) == []


@pytest.mark.slow
def test_a_page_reads_as_it_does_in_the_repository(folder: Path, pages: dict[str, Any]) -> None:
    """GitHub and the site each have a Markdown of their own: both must see the same lists and tables."""
    tags = ("table", "tr", "ul", "ol", "li", "h2", "h3", "img", "pre")
    for source in sorted(folder.glob("build/site/**/*.md")):
        name = source.relative_to(folder / "build/site")
        if name.parent == Path("reference"):
            continue
        tokens = MarkdownIt("commonmark").enable("table").parse(source.read_text(encoding="utf-8"))
        inline = [child for token in tokens for child in token.children or ()]
        wanted = Counter(
            "pre" if token.type == "fence" else token.tag
            for token in [*tokens, *inline]
            if token.nesting >= 0
        )
        (article,) = pages[find_page(name)].xpath("//article")
        shown = Counter(element.tag for element in article.iter())
        assert {tag: shown[tag] for tag in tags} == {tag: wanted[tag] for tag in tags}, name


@pytest.mark.slow
def test_the_reference_has_every_command_and_the_docstrings(pages: dict[str, Any]) -> None:
    commands = pages["reference/commands/index.html"]
    headings = [heading.text_content().strip("¶") for heading in commands.xpath("//article//h2")]
    assert headings == [f"arxonomy {name}" for name in COMMANDS]
    assert "--min-confidence P" in commands.text_content()
    python = pages["reference/python/index.html"]
    text = " ".join(python.text_content().split())
    assert python.xpath("//*[@id='arxonomy.load']") and "Classifies papers. Made by arxonomy.load" in text


def test_a_link_that_shows_a_file_shows_the_title_of_its_page() -> None:
    text = "See [feed.md](feed.md#every-morning), [RESULTS.md](../RESULTS.md) and [the feed](feed.md)."
    title = (REPO / "RESULTS.md").read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    assert point_to_repository(text, Path("docs/daily.md")) == (
        f"See [The day's papers, ranked for you](feed.md#every-morning), [{title}](../RESULTS.md) "
        "and [the feed](feed.md)."
    )


def test_a_link_to_a_program_goes_to_the_repository() -> None:
    text = "[a](../src/arxonomy/output.py) [b](feed.md#x) [c](../experiments/)\n```\n[../src](../src)\n```\n"
    pointed = point_to_repository(f"<!-- [[[cog\nx\n]]] -->\n{text}", Path("docs/daily.md"))
    address = "https://github.com/arxonomy/arxonomy"
    assert pointed == (
        f"[a]({address}/blob/main/src/arxonomy/output.py) [b](feed.md#x) "
        f"[c]({address}/tree/main/experiments)\n```\n[../src](../src)\n```\n"
    )
    with pytest.raises(FileNotFoundError, match=r"docs/daily.md links to ../nothing.py"):
        point_to_repository("[a](../nothing.py)", Path("docs/daily.md"))


@pytest.mark.slow
def test_a_broken_link_or_anchor_ends_the_build(tmp_path: Path) -> None:
    (tmp_path / "build" / "site").mkdir(parents=True)
    page = "# Home\n\n[a](other.md)\n[b](README.md#nowhere)\n"
    (tmp_path / "build" / "site" / "README.md").write_text(page, encoding="utf-8")
    config = re.sub(r"^nav = \[.*?^\]$", "", CONFIG, flags=re.DOTALL | re.MULTILINE)
    (tmp_path / "zensical.toml").write_text(config, encoding="utf-8")
    done = build(tmp_path)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "page does not exist" in said and "anchor does not exist" in said


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    with serve_folder(folder / "site") as site:
        yield site


@pytest.mark.slow
class TestInABrowser:
    pytestmark = NEED_BROWSER

    @pytest.fixture
    def page(self, browser: Browser, site: Site) -> Iterator[Page]:
        """A page that reaches this machine alone; a request to elsewhere, or an error, is a fault."""
        context = browser.new_context(viewport={"width": 390, "height": 800})
        faults: list[str] = []
        context.route(
            lambda url: not url.startswith(f"{site.url}/"),
            lambda route: (faults.append(route.request.url), route.abort()),
        )
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        yield page
        page.goto("about:blank")
        context.close()
        assert faults == []

    def test_pages_show_and_fit_a_phone(self, page: Page, site: Site) -> None:
        for path in ("", "docs/for/librarian/"):
            page.goto(f"{site.url}/{path}")
            expect(page.locator("article h1")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390

    def test_the_search_finds_a_page(self, page: Page, site: Site) -> None:
        page.goto(f"{site.url}/")
        dialog = page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first
        with_key = "Control+k"
        while not dialog.is_visible():  # until the page's script listens
            page.keyboard.press(with_key)
            page.wait_for_timeout(200)
        page.keyboard.type("portfolios")
        expect(page.get_by_role("listbox", name="Search results")).to_contain_text("Librarians")
