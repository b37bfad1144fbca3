"""The frame of the pages that marking writes: self-contained, readable in light and dark, and by keyboard.

Everything that did not come from the course itself goes through ``text``. Depends on nothing.
"""

from html import escape

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --line: #767d86; --soft: #f1f3f5;
  --good: #0b5d2a; --bad: #8a1c1c; --mark: #1f5fa8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --paper: #15181c; --line: #8b929b;
  --soft: #23272d; --good: #7ddc9a; --bad: #ff9d94; --mark: #8ab8f0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.55 system-ui, sans-serif;
  color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.25; } h2 { font-size: 1.3rem; margin-top: 2rem; }
h3 { font-size: 1.08rem; }
a { color: var(--mark); } .good { color: var(--good); } .bad { color: var(--bad); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--soft); } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .3rem 0; font-weight: 600; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--ink); font: 14px system-ui, sans-serif; }
svg rect { fill: var(--mark); } svg line { stroke: var(--line); }
.quiet { font-size: .92rem; }
"""

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def text(value) -> str:
    """Text from anywhere, as it may stand in a page."""
    plain = "".join(c if c.isprintable() or c in "\n\t" else "�" for c in str(value))
    return escape(plain, quote=True)


def page(title: str, body: str) -> str:
    """A whole page; the title is the one heading of the first level."""
    said = text(title)
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Whatever got into the page, nothing of it may run or fetch.
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{said}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{said}</h1>\n{body}\n"
        "</main>\n</body>\n</html>\n"
    )


def table(caption: str, header: list[str], rows: list[list], numbers: tuple[int, ...] = ()) -> str:
    """A table; the first cell of each row is its heading, ``numbers`` are the columns set to the right.

    Cells are text of the caller's making: pass what comes from elsewhere through ``text`` first.
    """

    def style(at: int) -> str:
        return ' class="n"' if at in numbers else ""

    head = "".join(f'<th scope="col"{style(i)}>{name}</th>' for i, name in enumerate(header))
    lines = "".join(
        f'<tr><th scope="row"{style(0)}>{row[0]}</th>'
        + "".join(f"<td{style(i)}>{cell}</td>" for i, cell in enumerate(row[1:], start=1))
        + "</tr>\n"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{text(caption)}"><table>'
        f"<caption>{text(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}</tbody></table></div>\n"
    )


def number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
