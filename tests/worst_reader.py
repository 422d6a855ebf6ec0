"""Markdown and HTML read as the worst reader would: raw HTML passes, and every element counts."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

TEXT_TAGS = {"p", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "br", "span", "a"}
TEXT_TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6"}


class Tags(HTMLParser):
    """The elements of an HTML text, with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", {}))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", {}))

    def handle_data(self, data: str) -> None:
        self.words += data

    @property
    def names(self) -> set[str]:
        return {tag for tag, _ in self.found}


def as_html(markdown: str) -> str:
    """Write Markdown as a page would that lets raw HTML through."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)


def render(markdown: str) -> Tags:
    """Read Markdown as that page."""
    return Tags(as_html(markdown))
