"""The pages for readers that every service has of itself."""


def fetch(http, service):
    """The page, which must be whole in itself: nothing of it is fetched from elsewhere."""
    page = http.get(service.at("/docs"))
    assert page.status_code == 200 and page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for address in ("src=", "@import", "<script", "<link", "url("):
        assert address not in page.text, address
    return page
