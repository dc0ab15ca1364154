"""Options that several commands share, and what they mean in the library."""

from __future__ import annotations

import argparse
from datetime import date

from calloff.texts.catalogue import say
from calloff.texts.leads import read_lead

PICTURES = (".png", ".svg", ".pdf")


def add_input(parser: argparse.ArgumentParser, lang: str) -> None:
    """INPUT... and how to read it."""
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help=say("help.inputs", lang))
    group = parser.add_argument_group(say("help.reading", lang))
    group.add_argument("--layout", metavar="FILE.toml", help=say("help.layout", lang))
    for name in ("plant", "customer"):
        group.add_argument(f"--{name}", metavar="NAME", help=say(f"help.{name}", lang))
    last = say("store.help_last", lang)
    group.add_argument("--last", dest="last_days", type=whole_number, metavar="DAYS", help=last)
    words = say("help.shipments", lang)
    group.add_argument("--shipments", metavar="FILE", help=words)
    group.add_argument("--strict", action="store_true", help=say("help.strict", lang))
    policies = ("quarantine", "first", "last", "fail")
    conflicts = say("help.conflicts", lang)
    group.add_argument("--conflicts", choices=policies, default=policies[0], help=conflicts)
    quantity = say("help.quantity", lang)
    group.add_argument("--quantity", choices=("total", "slots"), default="total", help=quantity)


def add_adding(parser: argparse.ArgumentParser, lang: str) -> argparse._ArgumentGroup:
    """How files are added to a store; the group of these options."""
    group = parser.add_argument_group(say("help.reading", lang))
    group.add_argument("--layout", metavar="FILE.toml", help=say("help.layout", lang))
    customer = say("store.help_customer", lang)
    group.add_argument("--customer", metavar="NAME", help=customer)
    arrived = say("store.help_arrived", lang)
    group.add_argument("--arrived", metavar="TIME", help=arrived)
    return group


def add_lead(parser: argparse.ArgumentParser, lang: str) -> None:
    """--lead"""
    words = say("help.lead", lang)
    parser.add_argument("--lead", type=lead_days, default=3, metavar="DAYS", help=words)


def add_exclude(parser: argparse.ArgumentParser, lang: str) -> None:
    """--exclude-parts"""
    words = say("help.exclude", lang)
    parser.add_argument("--exclude-parts", type=names, default=(), metavar="A,B", help=words)


def add_quantiles(parser: argparse.ArgumentParser, lang: str) -> None:
    """--quantiles"""
    words = say("help.quantiles", lang)
    parser.add_argument(
        "--quantiles", type=percents, default=(0.1, 0.5, 0.9), metavar="10,50,90", help=words
    )


def percents(text: str) -> tuple[float, ...]:
    """Levels such as 10,50,90 (percent) as numbers between 0 and 1."""
    try:
        levels = tuple(float(part) / 100 for part in text.split(",") if part.strip())
    except ValueError:
        levels = (-1.0,)
    if not all(0 < level < 1 for level in levels):
        raise argparse.ArgumentTypeError(say("cli.quantiles", _lang(), value=text))
    return levels


def level(text: str) -> float:
    """A service level such as 0.95 or 95%."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(say("cli.level", _lang(), value=text))
    return value


def whole_number(text: str) -> int:
    """A whole number from 1; argparse reports what is not."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(say("cli.whole_number", _lang(), value=text))
    return int(text)


class Weeks(int):
    """A lead in days that was given in weeks."""


def lead_days(text: str) -> int:
    """A lead in calendar days: 3, 3d, or 4w for 28."""
    found = read_lead(text)
    if found is None:
        raise argparse.ArgumentTypeError(say("cli.lead", _lang(), value=text))
    days, weeks = found
    return Weeks(days) if weeks else days


def port_number(text: str) -> int:
    """A port, or 0 for any."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(say("serve.bad_port", _lang(), value=text))
    return int(text)


def share(text: str) -> float:
    """A share such as 10% or 0.1."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if 1 < value <= 1e6:  # 10 is meant to be 10 %
        percent = f"{100 * value:,.0f}"
        raise argparse.ArgumentTypeError(
            say("cli.share_large", _lang(), value=text, percent=percent)
        )
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(say("cli.share", _lang(), value=text))
    return value


def iso_day(text: str) -> str:
    """A day such as 2021-10-22."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(say("cli.day", _lang(), value=text)) from error


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name for name in (" ".join(part.split()) for part in text.split(",")) if name)


def _lang() -> str:
    from calloff.cli.main import Parser

    return Parser.lang
