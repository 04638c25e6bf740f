import pytest

from models.address import address_of

ARTICLE = "https://example.org/news/kursk?id=7"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/news/kursk?id=7",
        "https://www.example.org/news/kursk?id=7",
        "HTTPS://Example.ORG./news/kursk?id=7",
        "https://example.org:443/news/kursk?id=7",
        "http://example.org:80/news/kursk?id=7",
        "https://reader@example.org/news/kursk?id=7",
        "https://example.org/news/kursk/?id=7",
        "https://example.org/news/kursk?id=7#comments",
        "https://example.org/news/kursk?utm_source=mail&id=7&UTM_Campaign=a&fbclid=b&gclid=c",
        "https://example.org/news/%6Bursk?id=7",
    ],
)
def test_ways_to_write_one_article_have_one_address(url: str):
    assert address_of(url) == address_of(ARTICLE) == "example.org/news/kursk?id=7"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/news/kursk",
        "https://example.org/news/kursk?id=8",
        "https://example.org/news/Kursk?id=7",
        "https://example.org/news/kursk/live?id=7",
        "https://example.org/news%2Fkursk?id=7",
        "https://example.org:8443/news/kursk?id=7",
        "https://example.com/news/kursk?id=7",
        "https://en.example.org/news/kursk?id=7",
        "https://example.org/news/kursk?id=7&id=8",
    ],
)
def test_another_article_has_another_address(url: str):
    assert address_of(url) != address_of(ARTICLE)


def test_the_order_of_a_query_makes_no_other_article():
    assert address_of("https://example.org/a?b=2&a=1") == address_of("https://example.org/a?a=1&b=2")


def test_what_stands_in_other_scripts_is_escaped_one_way():
    assert address_of("https://пример.рф/новости") == address_of(
        "https://xn--e1afmkfd.xn--p1ai/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"
    )
    assert address_of("https://example.org/%e9") == address_of("https://example.org/%E9")


def test_an_address_names_itself():
    for url in (ARTICLE, "https://пример.рф/новости?x=ё", "https://example.org/a%20b?q=%C3%A9+f"):
        assert address_of(f"https://{address_of(url)}") == address_of(url)


def test_a_host_that_no_name_service_knows_is_kept():
    assert address_of("https://x..y/a") == "x..y/a"
