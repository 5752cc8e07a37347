"""The settings of messages: what is understood, and what is refused without showing an address."""

from pathlib import Path

import pytest

from config import parse_settings, read_settings, write_settings
from errors import ConfigError
from recipients import RecipientSettings

WHOLE = """
[messages]
base_url = "https://ioc.hoabinh.test/trung-tam"
[[recipients]]
name = "Sở Tài chính"
role = "staff"
units = ["H28.03"]
language = "vi"
url_env = "MAIL_H28_03"
rules = ["below_target"]
digest = "monday 07:30"
owner = "trực"
[[recipients]]
name = "trực"
role = "operator"
url_env = "MAIL_TRUC"
rules = []
"""


def test_recipients_are_read_and_written_back(tmp_path: Path) -> None:
    settings = parse_settings(WHOLE.encode(), "ioc.toml")
    assert settings.messages.base_url == "https://ioc.hoabinh.test/trung-tam"
    first, second = settings.recipients
    assert first == RecipientSettings(
        name="Sở Tài chính", role="staff", url_env="MAIL_H28_03", units=("H28.03",), rules=("below_target",),
        digest="monday 07:30", owner="trực",
    )  # fmt: skip
    assert (second.rules, second.units, second.digest, second.owner) == ((), (), "", "")
    write_settings(settings, tmp_path / "again.toml")
    assert read_settings(tmp_path / "again.toml") == settings


def test_rules_not_written_are_those_of_the_role(tmp_path: Path) -> None:
    settings = parse_settings(WHOLE.replace("rules = []\n", "").encode(), "ioc.toml")
    assert settings.recipients[1].rules is None
    write_settings(settings, tmp_path / "again.toml")
    assert read_settings(tmp_path / "again.toml") == settings


@pytest.mark.parametrize(
    ("changed", "into", "named"),
    [
        ("url_env =", "url =", "unknown setting [recipients] url; known here: name, role, url_env"),
        ("base_url", "address", "unknown setting [messages] address; known here: base_url"),
        ('"staff"', '"clerk"', "clerk"),
        ('"vi"', '"fr"', "fr"),
        ('"Sở Tài chính"', '" "', "the name is empty"),
        ('"trực"\nrole', '"Sở Tài chính"\nrole', "two [[recipients]] are named 'Sở Tài chính'"),
        ('"monday 07:30"', '"mon 7"', "digest 'mon 7' is no weekday and time; write it as monday 07:30"),
        ('"monday 07:30"', '"monday 24:00"', "write it as monday 07:30"),
        ('"H28.03"', '"H28.03", "H28.03"', "stands there twice"),
        ('units = ["H28.03"]', "units = []", "a digest tells of units, and none is given"),
        ('owner = "trực"', 'owner = "ai đó"', "the owner 'ai đó' is no other recipient"),
        ('owner = "trực"', 'owner = "Sở Tài chính"', "is no other recipient"),
        ("https://", "ioc://", "[messages] base_url is no address such as"),
    ],
)
def test_wrong_recipient_is_one_line_that_names_it(changed: str, into: str, named: str) -> None:
    assert changed in WHOLE
    with pytest.raises(ConfigError) as raised:
        parse_settings(WHOLE.replace(changed, into).encode(), "ioc.toml")
    assert named in str(raised.value)
    assert "ioc.toml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_address_in_the_place_of_its_variable_is_refused_and_not_shown() -> None:
    with pytest.raises(
        ConfigError, match="'Sở Tài chính': url_env takes the name of an environment variable"
    ) as raised:
        parse_settings(WHOLE.replace("MAIL_H28_03", "mailto://ioc:m4t-kh4u@mail.test").encode(), "ioc.toml")
    assert "m4t-kh4u" not in str(raised.value)
