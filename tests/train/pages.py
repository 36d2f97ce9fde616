"""Checks a page's HTML: whole, valid enough for any browser, and in need of nothing from elsewhere."""

from html.parser import HTMLParser

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Checker(HTMLParser):
    """Collects links, sources and ids, and checks that every tag is closed in its turn."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.ids, self.sources = [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        source = found.get("href" if tag == "image" else "src")  # a picture inside SVG has its pixels as href
        self.sources += [source] if source is not None else []
        self.links += [found["href"]] if "href" in found and tag != "image" else []
        self.ids += [found["id"]] if "id" in found else []

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def checked(html):
    """The page's checker; the page is whole and needs nothing from elsewhere."""
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    assert all(source.startswith("data:image/png;base64,") for source in checker.sources)
    assert not any("//" in link for link in checker.links)
    assert "prefers-color-scheme" in html
    assert "width=device-width" in html
    return checker
