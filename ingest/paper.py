"""The page of a paper's abstract, as arXiv shows it: title, authors and abstract alone."""

from lxml import etree, html


def abstract_of(root: "etree._Element") -> "etree._Element | None":
    """Return a small tree of a paper page's title, authors and abstract, or None elsewhere."""
    title = _by_class(root, "h1", "title")
    abstract = _by_class(root, "blockquote", "abstract")
    if title is None or abstract is None:
        return None
    page = html.Element("article")
    _add(page, "h1", _without_label(title))
    authors = _by_class(root, "div", "authors")
    if authors is not None:
        _add(page, "p", "Authors: " + _without_label(authors))
    _add(page, "h2", "Abstract")
    _add(page, "p", _without_label(abstract))
    return page


def _by_class(root: "etree._Element", tag: str, name: str) -> "etree._Element | None":
    named = (e for e in root.iter(tag) if name in (e.get("class") or "").split())
    return next(named, None)


def _without_label(element: "etree._Element") -> str:
    """Return the text without the "Title:" or "Abstract:" that stands before it."""
    label = next((e for e in element.iter("span") if e.get("class") == "descriptor"), None)
    skip = "".join(label.itertext()) if label is not None else ""
    return " ".join("".join(element.itertext()).split()).removeprefix(skip.strip()).strip()


def _add(page: "etree._Element", tag: str, text: str) -> None:
    child = html.Element(tag)
    child.text = text
    page.append(child)
