"""Sign-ins: whose cookies hold, for how long, and what ends them for every web process."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import Engine

from access.principal import Principal
from access.sessions import Sessions, SignInNeeded
from clock import Clock
from config import Duration
from errors import AccessError, StoreError
from store.audit_reads import entries
from store.engine import reading
from store.sign_in_tables import sign_ins
from store.sign_ins import forget_sign_ins
from tests.oidc_provider import secrets_in_environment
from tests.sign_ins import (
    CENTRE,
    TOKEN,
    SteppedClock,
    Told,
    claims,
    cookies_of,
    settings_of,
    telling_provider,
)
from tests.source_server import Answer, json_answer

USER, TOKENS = "_streamlit_user", "_streamlit_user_tokens"
REDIRECTED = Answer(302, b"", {"Location": "/elsewhere"})
CUT, NOT_SAID = Answer(200, b"{", cut=True), json_answer({"groups": ["leaders"]})
HTML = Answer(200, b"<html>", {"Content-Type": "text/html"})
LARGE = json_answer({"sub": "lan", "groups": ["x" * 1_000_001]})


both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest, fresh_engine: Callable[[str], Engine]) -> Engine:
    """An empty store: SQLite's, and PostgreSQL's too in tests of `both`."""
    return fresh_engine(getattr(request, "param", "sqlite"))


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def told() -> Iterator[Told]:
    with secrets_in_environment(), telling_provider() as told:
        yield told


@pytest.fixture
def process(engine: Engine, told: Told, clock: Clock) -> Callable[..., Sessions]:
    """Another web process at the same store; settings of [access] can be given."""
    return lambda **more: Sessions(settings_of(told, **more), engine, clock)


@pytest.fixture
def sessions(process: Callable[..., Sessions]) -> Sessions:
    return process()


def why_not(sessions: Sessions, cookies: dict[str, str]) -> str:
    with pytest.raises(SignInNeeded) as refused:
        sessions.principal(cookies)
    return refused.value.reason


def test_who_has_come_from_the_provider_is_what_the_groups_say(sessions: Sessions) -> None:
    cookies = cookies_of(claims(groups=["finance", "operators", "chess"]))
    expected = Principal("Nguyễn Thị Lan", "lan", frozenset({"staff", "operator"}), frozenset({"H28.03"}))
    assert sessions.begin(cookies) == expected
    assert sessions.principal(cookies) == expected


@both
def test_the_store_knows_no_cookie_no_token_no_name_and_no_group_without_meaning(
    sessions: Sessions, engine: Engine
) -> None:
    cookies = cookies_of()
    sessions.begin(cookies)
    with reading(engine) as connection:
        kept = str(connection.execute(sign_ins.select()).all())
    assert "leaders" in kept
    assert [secret for secret in (*cookies.values(), TOKEN, "Lan", "chess", "n-1") if secret in kept] == []


def test_well_signed_cookies_are_nothing_unless_they_came_through_this_centre(sessions: Sessions) -> None:
    assert why_not(sessions, cookies_of()) == "unknown"


def test_another_web_process_knows_who_has_signed_in_and_out(process: Callable[..., Sessions]) -> None:
    cookies, one, other = cookies_of(), process(), process()
    who = one.begin(cookies)
    assert other.principal(cookies) == who
    one.end(cookies)
    assert why_not(one, cookies) == "signed_out"


@both
def test_within_seconds_no_process_knows_a_copy_of_cookies_that_were_signed_out(
    process: Callable[..., Sessions], clock: SteppedClock
) -> None:
    cookies, one, other = cookies_of(), process(), process()
    one.begin(cookies)
    other.principal(cookies)
    one.end(cookies)
    clock.step(seconds=2)
    assert why_not(other, dict(cookies)) == "signed_out"
    with pytest.raises(SignInNeeded):
        other.principal(cookies)


def test_a_signature_written_in_another_way_is_the_same_sign_in(sessions: Sessions) -> None:
    """The last sign of a signature has bits that nobody reads."""
    cookies = cookies_of()
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = signs.index(cookies[USER][-1])
    rewritten = {**cookies, USER: cookies[USER][:-1] + signs[last ^ 1]}
    who = sessions.begin(cookies)
    assert sessions.principal(rewritten) == who
    sessions.end(cookies)
    assert why_not(sessions, rewritten) == "signed_out"


@both
def test_begun_twice_it_is_one_and_once_ended_stays_ended(sessions: Sessions) -> None:
    cookies = cookies_of()
    sessions.begin(cookies)
    sessions.end(cookies)
    sessions.begin(cookies)
    assert why_not(sessions, cookies) == "signed_out"


BAD = {
    "of nobody": {},
    "empty": {USER: ""},
    "no signature": {USER: "eyJzdWIiOiJsYW4ifQ"},
    "other letters": {USER: "\xff" * 40},
    "another secret": cookies_of(secret="e" * 64),
    "another address of the centre": cookies_of(claims(origin="https://elsewhere.example.vn")),
    "another client of the provider": cookies_of(claims(aud="chess")),
    "several clients, not this one": cookies_of(claims(aud=["chess", "go"])),
    "nobody named": cookies_of(claims(sub="")),
    "the tokens in the place of the claims": {USER: cookies_of()[TOKENS]},
    "one sign changed": {USER: cookies_of()[USER][:20] + "A" + cookies_of()[USER][21:]},
    "claims that are no object": {USER: cookies_of({"sub": "lan"})[USER].replace(".", "")},
}


@pytest.mark.parametrize("cookies", BAD.values(), ids=BAD)
def test_cookies_that_are_not_ours_begin_nothing_and_let_nobody_in(
    cookies: dict[str, str], sessions: Sessions, engine: Engine
) -> None:
    with pytest.raises(SignInNeeded):
        sessions.begin(cookies)
    with pytest.raises(SignInNeeded):
        sessions.principal(cookies)
    sessions.end(cookies)
    with reading(engine) as connection:
        assert connection.execute(sign_ins.select()).all() == []


def test_cookies_in_pieces_are_read_whole_or_not_at_all(sessions: Sessions) -> None:
    random = Random(9)
    many = [*(random.randbytes(12).hex() for _ in range(600)), "leaders"]  # cookies are packed
    cookies = cookies_of(claims(groups=many))
    assert len([name for name in cookies if name.startswith(f"{USER}_") and name[-1].isdigit()]) > 1
    assert sessions.begin(cookies).roles == {"leader"}
    another = cookies_of(claims(groups=many, sub="minh", name="Bùi Văn Minh", nonce="n-2"))
    sessions.begin(another)
    assert why_not(sessions, {**cookies, f"{USER}_1": another[f"{USER}_1"]}) == "unknown"
    del cookies[f"{USER}_2"]
    assert why_not(sessions, cookies) == "unknown"


def test_the_length_that_the_operator_has_set_ends_it(sessions: Sessions, clock: SteppedClock, told: Told) -> None:
    cookies = cookies_of()
    sessions.begin(cookies)
    clock.step(hours=7, minutes=59, seconds=59)
    assert sessions.principal(cookies).roles == {"leader"}
    clock.step(seconds=1)
    assert why_not(sessions, cookies) == "expired"
    told.userinfo["groups"] = ["leaders"]
    clock.step(hours=1)
    assert why_not(sessions, cookies) == "expired"


def test_settings_of_another_provider_end_what_began_at_the_one_before(
    process: Callable[..., Sessions],
) -> None:
    cookies = cookies_of(claims(aud=["ioc", "ioc-2"]))
    process().begin(cookies)
    assert why_not(process(client_id="ioc-2"), cookies) == "unknown"
    assert (
        why_not(process(metadata_url="https://new.example.vn/.well-known/openid-configuration"), cookies) == "unknown"
    )


@both
def test_a_group_that_is_gone_takes_its_role_when_the_provider_is_asked_again(
    sessions: Sessions, clock: SteppedClock, told: Told
) -> None:
    cookies = cookies_of(claims(groups=["leaders", "operators"]))
    sessions.begin(cookies)
    told.userinfo["groups"] = ["operators"]
    clock.step(minutes=9, seconds=59)
    assert (sessions.principal(cookies).roles, told.asked()) == ({"leader", "operator"}, [])
    clock.step(seconds=1)
    assert sessions.principal(cookies).roles == {"operator"}
    [asked] = told.asked()
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    told.userinfo["groups"] = []
    clock.step(minutes=10)
    assert why_not(sessions, cookies) == "no_role"
    told.userinfo["groups"] = ["leaders"]
    clock.step(minutes=10)
    assert sessions.principal(cookies).roles == {"leader"}


def test_all_processes_ask_once_for_all(process: Callable[..., Sessions], clock: SteppedClock, told: Told) -> None:
    cookies, processes = cookies_of(), [process() for _ in range(3)]
    processes[0].begin(cookies)
    clock.step(minutes=10)
    assert {one.principal(cookies).roles for one in processes} == {frozenset({"leader"})}
    assert len(told.asked()) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_what_the_provider_has_ended_is_ended_for_good(
    status: int, sessions: Sessions, clock: SteppedClock, told: Told
) -> None:
    cookies = cookies_of()
    sessions.begin(cookies)
    told.answer = Answer(status)
    clock.step(minutes=10)
    assert why_not(sessions, cookies) == "ended"
    told.answer = None
    clock.step(minutes=1)
    assert why_not(sessions, cookies) == "ended"


@pytest.mark.parametrize("silence", [Answer(503), Answer(429), Answer(404), REDIRECTED, HTML, LARGE, CUT, NOT_SAID])
def test_a_provider_that_cannot_be_asked_is_taken_at_its_last_word_for_15_minutes(
    silence: Answer, sessions: Sessions, clock: SteppedClock, told: Told
) -> None:
    cookies = cookies_of()
    sessions.begin(cookies)
    told.answer = silence
    for minutes in (10, 4):
        clock.step(minutes=minutes)
        assert sessions.principal(cookies).roles == {"leader"}
    clock.step(minutes=1)
    assert why_not(sessions, cookies) == "unreachable"
    told.answer = None
    clock.step(seconds=10)
    assert sessions.principal(cookies).roles == {"leader"}


def test_while_the_provider_fails_it_is_left_in_peace(sessions: Sessions, clock: SteppedClock, told: Told) -> None:
    visitors = [cookies_of(claims(nonce=f"n-{number}")) for number in range(20)]
    for cookies in visitors:
        sessions.begin(cookies)
    told.answer = Answer(503)
    clock.step(minutes=10)
    for cookies in visitors:
        sessions.principal(cookies)
    assert len(told.asked()) == 1


def test_an_endpoint_at_another_origin_is_never_given_a_token(
    process: Callable[..., Sessions], clock: SteppedClock, told: Told
) -> None:
    with telling_provider() as elsewhere:  # another port is another origin
        told.endpoint = f"{elsewhere.server.address}/me"
        cookies, sessions = cookies_of(), process()
        sessions.begin(cookies)
        clock.step(minutes=15)
        assert why_not(sessions, cookies) == "unreachable"
        assert elsewhere.asked() == []
        allowed = process(userinfo_url=told.endpoint)
        assert allowed.principal(cookies).roles == {"leader"}
        assert len(elsewhere.asked()) == 1


def test_the_token_of_another_person_ends_the_sign_in(sessions: Sessions, clock: SteppedClock, told: Told) -> None:
    cookies = cookies_of()
    sessions.begin(cookies)
    told.userinfo = {"sub": "minh", "groups": ["leaders", "operators"]}
    clock.step(minutes=10)
    assert why_not(sessions, cookies) == "foreign"
    told.userinfo = {"sub": "lan", "groups": ["leaders"]}
    assert why_not(sessions, cookies) == "foreign"


def test_without_a_token_there_is_nobody_to_ask_and_it_ends(sessions: Sessions, clock: SteppedClock) -> None:
    cookies = cookies_of()
    sessions.begin(cookies)
    del cookies[TOKENS]
    clock.step(minutes=10)
    assert why_not(sessions, cookies) == "ended"


def test_a_provider_that_tells_groups_only_at_sign_in_ends_it_when_asked_again(
    sessions: Sessions, clock: SteppedClock, told: Told
) -> None:
    cookies = cookies_of()
    sessions.begin(cookies)
    told.userinfo = {"sub": "lan"}
    clock.step(minutes=10)
    assert why_not(sessions, cookies) == "untold"


def test_groups_that_the_id_token_does_not_hold_are_asked_for_at_once(
    process: Callable[..., Sessions], clock: SteppedClock, told: Told
) -> None:
    said = claims()
    del said["groups"]
    assert process().begin(cookies_of(said)).roles == {"leader"}
    told.userinfo = {"sub": "lan"}
    assert process().begin(cookies_of({**said, "nonce": "n-2"})).roles == frozenset()
    told.answer = Answer(503)
    with pytest.raises(SignInNeeded, match="unreachable"):
        process().begin(cookies_of({**said, "nonce": "n-3"}))


@both
def test_while_the_store_is_away_who_was_in_stays_in_for_15_minutes_and_nobody_else_comes(
    engine: Engine, sessions: Sessions, clock: SteppedClock
) -> None:
    cookies, another = cookies_of(), cookies_of(claims(sub="minh", nonce="n-2"))
    sessions.begin(cookies)
    sessions.principal(cookies)
    sessions.begin(another)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sign_ins RENAME TO away")
    clock.step(minutes=9)
    assert sessions.principal(cookies).roles == {"leader"}
    with pytest.raises(StoreError):
        sessions.principal(another)
    clock.step(minutes=6)
    with pytest.raises(StoreError):
        sessions.principal(cookies)


def test_who_was_found_signed_out_is_out_while_the_store_is_away_too(
    engine: Engine, process: Callable[..., Sessions], clock: SteppedClock
) -> None:
    cookies, sessions = cookies_of(), process()
    sessions.begin(cookies)
    sessions.principal(cookies)
    process().end(cookies)
    clock.step(seconds=2)
    assert why_not(sessions, cookies) == "signed_out"
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sign_ins RENAME TO away")
    with pytest.raises(StoreError):
        sessions.principal(cookies)


@both
def test_after_a_restore_everybody_signs_in_anew(sessions: Sessions, engine: Engine, clock: SteppedClock) -> None:
    cookies = cookies_of()
    sessions.begin(cookies)
    forget_sign_ins(engine)
    assert why_not(sessions, cookies) == "unknown"


@both
def test_sign_ins_older_than_any_cookie_are_forgotten(
    process: Callable[..., Sessions], clock: SteppedClock, engine: Engine
) -> None:
    sessions = process(session=Duration(days=30))
    sessions.begin(cookies_of())
    clock.step(days=33)
    sessions.begin(cookies_of(claims(nonce="n-2")))
    with reading(engine) as connection:
        assert len(connection.execute(sign_ins.select()).all()) == 1


@both
def test_the_audit_log_has_each_sign_in_and_sign_out_once_and_who_has_no_role(
    sessions: Sessions, engine: Engine
) -> None:
    cookies = cookies_of()
    for _ in range(2):
        sessions.begin(cookies)
    for _ in range(2):
        sessions.end(cookies)
    sessions.begin(cookies_of(claims(groups=["chess"], nonce="n-2")))
    _count, found = entries(engine)
    assert [(one.act, one.who) for one in reversed(found)] == [
        ("sign_in", "Nguyễn Thị Lan"),
        ("sign_out", "Nguyễn Thị Lan"),
        ("refused", "Nguyễn Thị Lan"),
    ]
    assert '"roles":["leader"]' in found[-1].details.replace(" ", "")


def test_no_message_holds_a_cookie_or_a_token(
    sessions: Sessions, clock: SteppedClock, told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    cookies = cookies_of()
    sessions.begin(cookies)
    told.answer = Answer(503)
    clock.step(minutes=10)
    sessions.principal(cookies)
    clock.step(minutes=5)
    with pytest.raises(SignInNeeded) as refused:
        sessions.principal(cookies)
    out = capsys.readouterr()
    said = f"{refused.value} {refused.value.__cause__} {out.out} {out.err}"
    assert "503" in said
    assert [secret for secret in (TOKEN, *cookies.values(), "Lan") if secret in said] == []


def test_a_machine_is_known_by_its_token_alone(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_MACHINE", "t" * 43)
    assert sessions.machine("t" * 43).roles == {"machine"}
    for wrong in ("", "t" * 42, "t" * 44, "T" * 43, "é" * 43, cookies_of()[USER], TOKEN):
        with pytest.raises(AccessError, match="no machine"):
            sessions.machine(wrong)


def test_the_public_address_is_the_whole_origin(process: Callable[..., Sessions]) -> None:
    cookies = cookies_of()
    process().begin(cookies)
    for other in (CENTRE.replace("https", "http"), f"{CENTRE}:8443"):
        assert why_not(process(public_url=other), cookies) == "unknown"


def test_what_was_held_is_no_older_than_the_next_question(
    process: Callable[..., Sessions], clock: SteppedClock, told: Told
) -> None:
    cookies, sessions = cookies_of(), process(recheck=timedelta(minutes=15))
    sessions.begin(cookies)
    clock.step(minutes=14, seconds=59)
    sessions.principal(cookies)
    told.userinfo["groups"] = []
    clock.step(seconds=1)
    assert why_not(sessions, cookies) == "no_role"
