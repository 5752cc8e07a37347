"""Invented people, so that a test can look for them where no personal data may be.

Every full name ends with MARKER, every phone number begins with PHONE_PREFIX (no such prefix exists), every identity
number with IDENTITY_PREFIX (no century has the digit 9), and every address ends with E_MAIL_DOMAIN.
"""

from collections.abc import Mapping, Sequence
from typing import Any

MARKER = "MAUTHU"
PHONE_PREFIX = "0999"
IDENTITY_PREFIX = "0179"
E_MAIL_DOMAIN = "@mauthu.invalid"

FAMILY = ("Bùi", "Đinh", "Quách", "Hà", "Xa", "Nguyễn", "Trần", "Phạm", "Lê", "Hoàng", "Bạch", "Lường", "Khà", "Vì")
MIDDLE = ("Thị", "Văn", "Đức", "Minh", "Thu", "Quang", "Hồng", "Ngọc", "Xuân", "Thanh", "Hải")
GIVEN = (
    "Hoa",
    "Dũng",
    "Lan",
    "Hùng",
    "Mai",
    "Tuấn",
    "Hương",
    "Nam",
    "Thảo",
    "Cường",
    "Yến",
    "Long",
    "Nga",
    "Sơn",
    "Hạnh",
)


def full_name(number: int) -> str:
    """The name of the person with that number."""
    family, rest = FAMILY[number % len(FAMILY)], number // len(FAMILY)
    return f"{family} {MIDDLE[rest % len(MIDDLE)]} {GIVEN[rest // len(MIDDLE) % len(GIVEN)]} {MARKER}"


def identity_number(number: int) -> str:
    """Twelve digits."""
    return f"{IDENTITY_PREFIX}{number % 100_000_000:08}"


def phone(number: int) -> str:
    """Ten digits."""
    return f"{PHONE_PREFIX}{number // 7 % 1_000_000:06}"


def e_mail(number: int) -> str:
    """An address in a domain that cannot exist."""
    return f"cd{number % 100_000_000}{E_MAIL_DOMAIN}"


def personal_values(records: Sequence[Mapping[str, Any]]) -> set[str]:
    """Every name, identity number, phone number and address in wire records of dossiers or documents."""
    fields = (
        *("ChuHoSo", "SoGiayToChuHoSo", "SoDienThoai", "Email", "Subject"),
        *("applicantName", "applicantIdNo", "address", "contactTelNo", "contactEmail", "display_name"),
    )
    values = {str(record[field]) for record in records for field in fields if record.get(field)}
    return values | {record["SignerInfo"]["FullName"] for record in records if "SignerInfo" in record}
