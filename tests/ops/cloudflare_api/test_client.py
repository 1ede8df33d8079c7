"""How commands ask API v4: again where that helps, page by page, and with the token never said."""

import httpx
import pytest

from ops.cloudflare_api.answer import NoAnswerError, RefusedError
from ops.cloudflare_api.client import LASTING, QUESTION, Client, Patience, environment_token
from ops.errors import OpsError

BASE = "https://api.example/client/v4"
TOKEN = "canary-of-a-token"


def good(result="it", **info):
    return httpx.Response(200, json={"success": True, "result": result, "result_info": info})


def status(number, **headers):
    said = {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]}
    return httpx.Response(number, json=said, headers=headers)


def gone(error=httpx.ReadTimeout):
    def fail(request):
        raise error("gone", request=request)

    return fail


@pytest.fixture
def asked():
    """Give the requests that were sent."""
    return []


@pytest.fixture
def client(asked):
    """Make a client whose requests get one of *answers* after the other."""

    def made(*answers, **how):
        left = list(answers)

        def answer(request):
            asked.append(request)
            found = left.pop(0)
            return found(request) if callable(found) else found

        return Client(BASE, TOKEN, transport=httpx.MockTransport(answer), **how)

    return made


def test_a_request_goes_below_the_address_with_the_token(client, asked):
    found = client(good([1], total_count=7, cursor="c")).get("/zones", {"name": "a.b"})

    assert str(asked[0].url) == f"{BASE}/zones?name=a.b"
    assert asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert (found.result, found.total, found.cursor, found.success) == ([1], 7, "c", True)


def test_the_token_goes_to_no_other_address(client, asked):
    client(httpx.Response(200)).send("PUT", "https://upload.example/signed?key=1", content=b"x")

    assert "Authorization" not in asked[0].headers


@pytest.mark.parametrize("first", [status(503), status(429), gone()], ids=["503", "429", "none"])
def test_what_may_be_repeated_is_sent_again(client, asked, waited, first):
    assert client(first, good()).result("GET", "/d1") == "it"

    assert len(asked) == 2
    assert 0 < waited[0] <= QUESTION.longest_wait_seconds


@pytest.mark.usefixtures("waited")
@pytest.mark.parametrize("first", [status(429), gone(httpx.ConnectError)], ids=["429", "unsent"])
def test_a_post_that_was_not_taken_is_sent_again(client, asked, first):
    assert client(first, good()).result("POST", "/graphql") == "it"
    assert len(asked) == 2


def test_a_post_that_may_have_been_taken_is_sent_once(client, asked, waited):
    with pytest.raises(NoAnswerError, match=r"does not answer \(ReadTimeout\)"):
        client(gone()).result("POST", "/storage/kv/namespaces")
    assert client(status(503)).ask("POST", "/storage/kv/namespaces").status == 503

    assert len(asked) == 2
    assert waited == []


def test_work_of_hours_sends_its_posts_again(client, waited):
    assert client(gone(), status(503), good(), patience=LASTING).result("POST", "/x") == "it"
    assert len(waited) == 2


def test_the_api_says_how_long_it_wants_to_be_left_alone(client, waited):
    client(status(429, **{"retry-after": "17"}), good()).get("/zones")

    assert waited[0] == 17


def test_nobody_waits_for_an_hour_because_an_answer_says_so(client, waited):
    client(status(429, **{"retry-after": "3600"}), good()).get("/zones")

    assert waited[0] == 5 * QUESTION.longest_wait_seconds


@pytest.mark.usefixtures("waited")
def test_after_the_last_try_the_answer_is_what_it_was(client, asked):
    found = client(*[status(500)] * QUESTION.attempts).get("/zones")

    assert (found.status, found.silent, len(asked)) == (500, True, QUESTION.attempts)


def test_patience_of_one_asks_once(client, asked, waited):
    with pytest.raises(NoAnswerError):
        client(gone(), patience=Patience(attempts=1)).get("/local/status")

    assert (len(asked), waited) == (1, [])


def test_pages_go_on_by_cursor(client, asked):
    pages = client(good([1], cursor="next"), good([2], cursor="")).pages("/keys", {"limit": 1})

    assert list(pages) == [[1], [2]]
    assert [dict(each.url.params) for each in asked] == [
        {"limit": "1"},
        {"limit": "1", "cursor": "next"},
    ]


def test_pages_go_on_by_number(client, asked):
    pages = client(good([1], total_pages=3), good([2], total_pages=3), good([3], total_pages=3))

    assert list(pages.pages("/zones")) == [[1], [2], [3]]
    assert [each.url.params.get("page") for each in asked] == [None, "2", "3"]


LISTS = {
    "it says how many there are": ([1, 2], [3], {"total_count": 3}, 2),
    "its pages are full": ([1, 2], [3], {}, 2),
    "its pages are shorter than was asked": ([1], [2], {"total_count": 2}, 2),
    "it is wrapped": ({"workers": [1, 2]}, {"workers": [3]}, {}, 2),
}


@pytest.mark.parametrize("of", LISTS.values(), ids=LISTS)
def test_a_list_that_says_no_number_of_pages_is_read_to_its_end(client, asked, of):
    first, second, info, most = of
    pages = client(good(first, **info), good(second, **info))

    assert list(pages.pages("/d1/database", {"per_page": most})) == [first, second]
    assert [each.url.params.get("page") for each in asked] == [None, "2"]


ENDS = {
    "no page is left": [good([1, 2]), good([])],
    "each page is all of it": [good([1, 2]), good([1, 2])],
    "it is shorter than a page": [good([1])],
    "it is longer than a page": [good([1, 2, 3])],
    "its last cursor is empty": [good([1], cursor="c"), good([2, 3], cursor="")],
}


@pytest.mark.parametrize("answers", ENDS.values(), ids=ENDS)
def test_a_list_without_a_number_of_pages_has_an_end(client, asked, answers):
    found = [row for page in client(*answers).pages("/x", {"per_page": 2}) for row in page]

    assert found in ([1], [1, 2], [1, 2, 3])
    assert len(asked) == len(answers)


REFUSALS = {
    "by the API": (status(403), "GET /zones is refused (403: 10000 Authentication error)"),
    "by its words alone": (
        httpx.Response(200, json={"success": False, "errors": []}),
        "GET /zones is refused (200: no reason)",
    ),
    "by the edge": (httpx.Response(413, html="<p>"), "GET /zones is refused (413: no reason)"),
}


@pytest.mark.parametrize(("answer", "said"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_said_with_what_the_api_says(client, answer, said):
    with pytest.raises(RefusedError) as refused:
        client(answer).result("GET", "/zones")

    assert str(refused.value) == said


def test_something_else_than_the_api_is_said_to_be_it(client):
    with pytest.raises(NoAnswerError) as refused:
        client(httpx.Response(200, html="<p>")).get("/zones", {"name": "secret-name"})

    assert str(refused.value) == (
        f"{BASE}/zones does not answer as Cloudflare's API v4 (200); see that the network and the "
        "address are right, then run the same command again"
    )


def test_bytes_that_are_not_there_are_none(client):
    assert client(httpx.Response(200, content=b"\0")).content("/values/a") == b"\0"
    assert client(status(404)).content("/values/b") is None
    with pytest.raises(RefusedError, match="403"):
        client(status(403)).content("/values/c")


def test_a_page_that_leads_elsewhere_is_no_value(client, asked):
    elsewhere = httpx.Response(302, headers={"location": "https://login.example/"}, html="<p>")

    with pytest.raises(NoAnswerError, match=r"does not answer as Cloudflare's API v4 \(302\)"):
        client(elsewhere).content("/values/a")
    assert len(asked) == 1


@pytest.mark.usefixtures("waited")
def test_what_cannot_be_unpacked_is_no_answer(client):
    def broken(_):
        return httpx.Response(200, headers={"content-encoding": "gzip"}, content=b"no gzip")

    with pytest.raises(NoAnswerError, match=r"/zones does not answer \(DecodingError\)"):
        client(*[broken] * QUESTION.attempts).get("/zones")


@pytest.mark.usefixtures("waited")
def test_the_token_is_in_no_message(client):
    asking = client(status(403), gone(), gone(), gone())
    said = [repr(asking)]
    for path in ("/refused", "/gone"):
        with pytest.raises((RefusedError, NoAnswerError)) as error:
            asking.result("GET", path)
        said.append(str(error.value))

    assert not [each for each in said if TOKEN in each]


@pytest.mark.parametrize("wrong", ["\n", " ", "\t", "\xe9", "\u2026", "\udc80", "\0"])
def test_a_token_that_no_request_can_have_is_said_at_once(wrong):
    with pytest.raises(OpsError, match="CLOUDFLARE_API_TOKEN has a character") as refused:
        Client(BASE, TOKEN + wrong)

    assert TOKEN not in str(refused.value)


def test_the_token_of_the_environment_may_be_missing(monkeypatch):
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    assert not environment_token()
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
    assert environment_token() == TOKEN
