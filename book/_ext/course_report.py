"""A way to report an error at the foot of every page: one address for all, with the page's name filled in."""

from html import escape
from urllib.parse import quote

PAGE = "book/report"
WORDS = "Report an error on this page"


def target(address: str, page: str, explained: str) -> str:
    """Where the link of a page leads.

    Parameters
    ----------
    address : str
        Of this copy of the course: a web address, ``mailto:...``, or nothing.
    page : str
        The page's name, such as ``book/limits``.
    explained : str
        The way from that page to the one on reporting, which is taken where there is no address.

    Returns
    -------
    str
    """
    if not address:
        return explained
    field = "subject" if address.startswith("mailto:") else "title"
    return f"{address}{'&' if '?' in address else '?'}{field}={quote(f'Error on {page}')}"


def add_link(app, pagename, templatename, context, doctree) -> None:
    """Gives the theme's footer the link; nothing is asked of the address until somebody follows it."""
    where = target(app.config.course_report, pagename, context["pathto"](PAGE))
    context["theme_extra_footer"] = f'<p class="course-report"><a href="{escape(where)}">{WORDS}</a></p>'


def setup(app) -> dict:
    """Registers with Sphinx."""
    app.add_config_value("course_report", "", "html", types=(str,))
    app.connect("html-page-context", add_link)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
