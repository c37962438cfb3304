"""What our HTML pages share: text made harmless, a head that lets nothing in, colors by day and by night.

A page stands alone: no script, no other host, no other file.
"""

from __future__ import annotations

from html import escape

from arxonomy.sanitize import clean_for_page

STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --text: #10161d; --soft: #57606a; --line: #d5dae0;
  --deep: 74 148 240; --bar: #2f6db3; --other: #b4510f; --panel: #f4f6f9; }
@media (prefers-color-scheme: dark) { :root { --page: #14191f; --text: #eef2f6; --soft: #a3adb8;
  --line: #3a434d; --deep: 41 104 190; --bar: #6aa5e8; --other: #f0a063; --panel: #1c232b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; print-color-adjust: exact; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.3rem; margin: 0; }
h3 { font-size: 1rem; margin: 1.5rem 0 .35rem; }
p, ul, ol { margin: .35rem 0; max-width: 48rem; }
a { color: inherit; text-underline-offset: .15em; }
.soft { color: var(--soft); font-size: .9rem; }
.warning { border-left: .25rem solid #d9702b; padding-left: .6rem; }
.scroll { overflow-x: auto; padding-bottom: .5rem; }
"""


def page(title: str, style: str, body: str) -> str:
    """A whole page.

    Args:
        title: As text, not HTML.
        style: CSS that follows `STYLE`; no text of a paper.
        body: HTML of what is in `<main>`.
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        "'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{safe(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def scroll_box(label: str, content: str) -> str:
    """HTML that scrolls within itself where it is too wide, by keyboard too.

    Args:
        label: What it is, as text, for those who do not see it.
        content: HTML.
    """
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{safe(label)}">\n{content}</div>\n'


def safe(text: object) -> str:
    """Any text as HTML, in content or in a quoted attribute: escaped, and cleaned."""
    return escape(clean_for_page(str(text)))
