"""Screens in the store: how a device is paired and gets out again, silence, reports, pinned scenes."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from store.engine import reading
from store.pairing import Claim, approve_pairing, begin_pairing, claim, hash_of, renew, valid_tokens, waiting_screens
from store.screens import Pin, ScreenReport, forget_screen, pin, pins, put_reports, screen_states, unpin
from store.tables import metadata
from store.versions import version_of

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def begin(engine: Engine, screen: int = 3, at: datetime = NOON) -> tuple[str, str]:
    """A begun pairing's code and secret."""
    begun = begin_pairing(engine, screen, at)
    assert begun
    return begun.code, begun.secret


def pair(engine: Engine, screen: int = 3, at: datetime = NOON) -> str:
    """The token of a device that went all the way."""
    code, secret = begin(engine, screen, at)
    assert approve_pairing(engine, code, screen, "Lò Thị Mai", at) == "approved"
    return claim(engine, secret, screen, at).token


def lets_in(engine: Engine, token: str, at: datetime) -> list[int]:
    """The screens that this token opens."""
    return [known.screen for known in valid_tokens(engine, at) if known.token_hash == hash_of(token)]


def report(screen: int = 3, at: datetime = NOON, **changed: object) -> ScreenReport:
    usual = ScreenReport(screen, at, "overview", "b1", 9_000_000, -12, "late", NOON - DAY, 1, 2, 1920, 1080)
    return usual._replace(**changed)


def wall_version(engine: Engine) -> int:
    with reading(engine) as connection:
        return version_of(connection, "wall")


def everything(engine: Engine) -> str:
    """All that the store holds, as text."""
    with reading(engine) as connection:
        return "\n".join(str(row) for table in metadata.sorted_tables for row in connection.execute(sa.select(table)))


def test_a_code_is_eight_signs_none_of_which_is_taken_for_another(engine: Engine) -> None:
    codes = [begin(engine)[0] for _ in range(20)]
    assert all(code[4] == "-" and len(code) == 9 for code in codes)
    assert set("".join(codes)) <= set("23456789ABCDEFGHJKMNPQRSTUVWXYZ-")
    assert len(set(codes)) == 20


def test_device_waits_until_its_code_is_typed_then_gets_its_token_once(engine: Engine) -> None:
    code, secret = begin(engine)
    assert waiting_screens(engine, NOON) == [3]
    assert claim(engine, secret, 3, NOON) == Claim("waiting")
    assert approve_pairing(engine, f" {code.lower().replace('-', ' ')} ", 3, "Lò Thị Mai", NOON) == "approved"
    assert waiting_screens(engine, NOON) == []
    paired = claim(engine, secret, 3, NOON)
    assert (paired.state, lets_in(engine, paired.token, NOON)) == ("paired", [3])
    assert claim(engine, secret, 3, NOON) == Claim("expired")
    state = screen_states(engine, NOON)[0]
    assert (state.number, state.paired_at, state.paired_by) == (3, NOON, "Lò Thị Mai")
    assert state.expires_at == NOON + 30 * DAY


def test_a_code_works_once_and_for_ten_minutes(engine: Engine) -> None:
    first, second = begin(engine)[0], begin(engine, 4)[0]
    assert approve_pairing(engine, first, 3, "M", NOON + 10 * MINUTE - SECOND) == "approved"
    assert approve_pairing(engine, first, 3, "M", NOON) == "no_such_code"
    assert approve_pairing(engine, second, 4, "M", NOON + 10 * MINUTE) == "no_such_code"


def test_a_typed_code_must_be_claimed_within_its_ten_minutes(engine: Engine) -> None:
    code, secret = begin(engine)
    assert approve_pairing(engine, code, 3, "M", NOON) == "approved"
    assert claim(engine, secret, 3, NOON + 10 * MINUTE) == Claim("expired")


@pytest.mark.parametrize("typed", ["", "-", "AAAA-AAAA", "' OR 1=1 --", "K7M4-PQ2X-K7M4"])
def test_wrong_code_pairs_nobody(engine: Engine, typed: str) -> None:
    _code, secret = begin(engine)
    assert approve_pairing(engine, typed, 3, "M", NOON) == "no_such_code"
    assert claim(engine, secret, 3, NOON) == Claim("waiting")


def test_code_of_another_screen_is_told_apart_and_stays_open(engine: Engine) -> None:
    code, _secret = begin(engine, 5)
    assert approve_pairing(engine, code, 3, "M", NOON) == "other_screen"
    assert approve_pairing(engine, code, 5, "M", NOON) == "approved"


@pytest.mark.parametrize(("secret", "screen"), [("", 3), ("guess", 3), (None, 4)])
def test_only_the_device_that_began_gets_the_token(engine: Engine, secret: str | None, screen: int) -> None:
    code, own = begin(engine)
    approve_pairing(engine, code, 3, "M", NOON)
    assert claim(engine, own if secret is None else secret, screen, NOON) == Claim("expired")
    assert valid_tokens(engine, NOON) == []


def test_store_holds_no_code_secret_or_token(engine: Engine) -> None:
    token = pair(engine)
    code, secret = begin(engine, 4)
    held = everything(engine)
    assert hash_of(token) in held
    assert not any(hidden in held for hidden in (token, code, code.replace("-", ""), secret))


def test_at_most_twenty_devices_wait_at_a_time(engine: Engine) -> None:
    secrets = [begin(engine, screen)[1] for screen in range(1, 21)]
    assert begin_pairing(engine, 21, NOON) is None
    again = begin_pairing(engine, 1, NOON, instead_of=secrets[0])
    assert again, "a device that asks again takes its own place"
    assert claim(engine, secrets[0], 1, NOON) == Claim("expired")
    assert begin_pairing(engine, 21, NOON + 10 * MINUTE)


def test_one_of_two_claims_at_once_gets_the_token(engine: Engine) -> None:
    code, secret = begin(engine)
    approve_pairing(engine, code, 3, "M", NOON)
    ready, told = threading.Barrier(4), []

    def ask() -> None:
        ready.wait()
        told.append(claim(engine, secret, 3, NOON).state)

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert sorted(told) == ["expired", "expired", "expired", "paired"]
    assert len(valid_tokens(engine, NOON)) == 1


def test_another_device_paired_as_the_screen_puts_the_first_out(engine: Engine) -> None:
    first, other = pair(engine), pair(engine, 4)
    put_reports(engine, [report()])
    second = pair(engine, at=NOON + DAY)
    assert lets_in(engine, first, NOON + DAY) == []
    assert (lets_in(engine, second, NOON + DAY), lets_in(engine, other, NOON + DAY)) == ([3], [4])
    assert screen_states(engine, NOON + DAY)[0].last_seen_at is None, "what the first said is not the second's"


def test_token_ends_after_thirty_days(engine: Engine) -> None:
    token = pair(engine)
    assert lets_in(engine, token, NOON + 30 * DAY - SECOND) == [3]
    assert lets_in(engine, token, NOON + 30 * DAY) == []
    assert renew(engine, token, 3, NOON + 30 * DAY) is None


def test_renewed_token_holds_thirty_days_more_and_the_old_one_ten_minutes(engine: Engine) -> None:
    old = pair(engine)
    later = NOON + 7 * DAY
    new = renew(engine, old, 3, later)
    assert new
    assert lets_in(engine, old, later + 10 * MINUTE - SECOND) == [3]
    assert lets_in(engine, old, later + 10 * MINUTE) == []
    assert lets_in(engine, new, later + 30 * DAY - SECOND) == [3]
    assert {known.paired_at for known in valid_tokens(engine, later)} == {NOON}, "it is the same device"


def test_renewal_near_the_end_does_not_prolong_the_old_token(engine: Engine) -> None:
    old = pair(engine)
    renew(engine, old, 3, NOON + 30 * DAY - SECOND)
    assert lets_in(engine, old, NOON + 30 * DAY) == []


@pytest.mark.parametrize(("token", "screen"), [("", 3), ("guess", 3), (None, 4)])
def test_a_foreign_token_is_not_renewed(engine: Engine, token: str | None, screen: int) -> None:
    own = pair(engine)
    assert renew(engine, own if token is None else token, screen, NOON) is None


def test_revoked_screen_has_no_token_and_no_renewal(engine: Engine) -> None:
    token, other = pair(engine), pair(engine, 4)
    put_reports(engine, [report()])
    before = wall_version(engine)
    forget_screen(engine, 3)
    assert wall_version(engine) > before
    assert (lets_in(engine, token, NOON), lets_in(engine, other, NOON)) == ([], [4])
    assert renew(engine, token, 3, NOON) is None
    assert [state.number for state in screen_states(engine, NOON)] == [4]


def test_a_typed_code_does_not_outlive_the_revocation_of_its_screen(engine: Engine) -> None:
    code, secret = begin(engine)
    approve_pairing(engine, code, 3, "M", NOON)
    forget_screen(engine, 3)
    assert claim(engine, secret, 3, NOON) == Claim("expired")


def test_screens_do_not_touch_the_version_of_the_figures(engine: Engine) -> None:
    pair(engine)
    pin(engine, {3: "map"}, 5)
    put_reports(engine, [report()])
    with reading(engine) as connection:
        assert version_of(connection, "data") == 0


def test_a_screen_is_silent_three_minutes_after_its_last_sign(engine: Engine) -> None:
    pair(engine)
    assert not screen_states(engine, NOON + 3 * MINUTE - SECOND)[0].silent
    assert screen_states(engine, NOON + 3 * MINUTE)[0].silent
    put_reports(engine, [report(at=NOON + 3 * MINUTE)])
    assert not screen_states(engine, NOON + 6 * MINUTE - SECOND)[0].silent
    assert screen_states(engine, NOON + 6 * MINUTE)[0].silent


def test_screen_that_needs_no_token_is_known_by_its_report(engine: Engine) -> None:
    put_reports(engine, [report(heap=None)])
    state = screen_states(engine, NOON)[0]
    assert (state.paired_at, state.expires_at, state.heap) == (None, None, None)
    assert (state.last_seen_at, state.scene, state.worst, state.skew_ms) == (NOON, "overview", "late", -12)


def test_the_newest_report_counts_in_whatever_order_two_servers_write(engine: Engine) -> None:
    put_reports(engine, [report(at=NOON, scene="map")])
    put_reports(engine, [report(at=NOON - SECOND, scene="ranking")])
    assert screen_states(engine, NOON)[0].scene == "map"
    put_reports(engine, [report(at=NOON + SECOND, scene="online"), report(4)])
    assert [state.scene for state in screen_states(engine, NOON)] == ["online", "overview"]


def test_nonsense_of_a_browser_fits_into_the_store(engine: Engine) -> None:
    wild = report(scene="x\0" * 500, heap=10**30, skew_ms=-(10**30), width=10**12)
    put_reports(engine, [wild])
    state = screen_states(engine, NOON)[0]
    assert (len(state.scene), state.heap, state.skew_ms) == (200, 2**53, -(2**53))


def test_pinned_scene_stays_until_the_screen_is_let_go(engine: Engine) -> None:
    pin(engine, {3: "map?indicator=on_time_rate", 4: "map?indicator=on_time_rate"}, 1_700_000_000_000)
    pin(engine, {3: "ranking"}, 1_700_000_009_000)
    assert pins(engine) == {
        3: Pin("ranking", 1_700_000_009_000),
        4: Pin("map?indicator=on_time_rate", 1_700_000_000_000),
    }
    before = wall_version(engine)
    unpin(engine, [3, 9])
    assert (set(pins(engine)), wall_version(engine)) == ({4}, before + 1)
