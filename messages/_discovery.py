"""The rules, found by listing messages/rules/, and which of them a recipient is told."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import cast

from config import Settings
from errors import ConfigError
from messages._contract import Rule, RuleModule
from recipients import RecipientSettings

_FOLDER = Path(__file__).parent / "rules"


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its module's name."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(_FOLDER)]) if not module.name.startswith("_"))
    return {name: cast(RuleModule, importlib.import_module(f"messages.rules.{name}")).RULE for name in names}


def rules_of(recipient: RecipientSettings) -> dict[str, Rule]:
    """The rules that are asked for a recipient: those named, else those of the role; always what owners are told."""
    return {
        name: rule
        for name, rule in rules().items()
        if rule.to_owners or (recipient.role in rule.roles if recipient.rules is None else name in recipient.rules)
    }


def check_rules(settings: Settings) -> None:
    """Raise ConfigError for a recipient with a rule that nobody knows, or one about units and no unit."""
    for recipient in settings.recipients:
        for name in recipient.rules or ():
            if name not in rules():
                known = ", ".join(rules())
                raise ConfigError(f"[[recipients]] {recipient.name!r}: unknown rule {name!r}; known: {known}")
        of_units = [name for name, rule in rules_of(recipient).items() if rule.of_units]
        if of_units and not recipient.units:
            told = ", ".join(of_units)
            raise ConfigError(f"[[recipients]] {recipient.name!r}: {told}: about units, and none is given")
