"""The command line: languages, options that all commands share, exit statuses.

0: done. 1: the run broke off (interrupted, or a fault of calloff's own). 2: bad input or usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from calloff.cli.streams import drop_output, panics_hidden, spell_what_can_be_spelt
from calloff.texts.catalogue import LANGUAGES, choose_language, plain, say
from calloff.texts.errors import CalloffError
from calloff.texts.version import version

COMMANDS = (
    "add", "forget", "run", "scorecard", "repeat", "inspect", "correlate", "backtest", "forecast",
    "report", "trust", "train", "serve", "demo",
)  # fmt: skip
SHOWN = 100  # problems on the screen


class Parser(argparse.ArgumentParser):
    """argparse, saying what is wrong in the user's language."""

    lang = "en"

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        words = say("cli.usage", self.lang, message=message, prog=self.prog)
        self.exit(2, words + "\n")


def build_parser(lang: str) -> argparse.ArgumentParser:
    """The parser of all commands, in one language."""
    Parser.lang = lang
    parser = Parser(prog="calloff", description=say("cli.about", lang), add_help=False)
    _add_common(parser, lang)
    words = say("help.version", lang)
    parser.add_argument("--version", action="version", version=_long_version(), help=words)
    title, metavar = say("help.commands", lang), say("cli.command", lang)
    commands = parser.add_subparsers(title=title, dest="command", metavar=metavar, required=True)
    for name in COMMANDS:
        words = say(f"help.{name}", lang)
        sub = commands.add_parser(
            name, help=words, description=words, allow_abbrev=False, add_help=False
        )
        _add_common(sub, lang)
        import_module(f"calloff.cli.commands.{name}").configure(sub, lang)
    return parser


def _add_common(parser: argparse.ArgumentParser, lang: str) -> None:
    parser._positionals.title = say("help.positionals", lang)
    parser._optionals.title = say("help.options", lang)
    none = argparse.SUPPRESS  # so that an option before the command is not overwritten after it
    group = parser.add_argument_group(say("help.common", lang))
    group.add_argument("-h", "--help", action="help", help=say("help.help", lang))
    group.add_argument("--lang", choices=LANGUAGES, default=none, help=say("help.lang", lang))
    group.add_argument("--quiet", action="store_true", default=none, help=say("help.quiet", lang))
    colour = say("help.no_color", lang)
    group.add_argument("--no-color", action="store_true", default=none, help=colour)


def _long_version() -> str:
    python = ".".join(map(str, sys.version_info[:3]))
    return f"calloff {version()} (Python {python}, {sys.platform})"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    lang = choose_language(_asked_language(words))
    spell_what_can_be_spelt()
    try:
        with panics_hidden():
            return _run(words, lang)
    except CalloffError as error:
        _report(error, lang)
        return 2
    except MemoryError:
        sys.stderr.write(say("cli.memory", lang) + "\n")
        return 1
    except KeyboardInterrupt:
        return _broken_off("cli.interrupted", lang)
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        drop_output()
        return 0
    except OSError as error:
        drop_output()
        return _broken_off("cli.system", lang, error=error)
    except Exception as error:
        if os.environ.get("CALLOFF_DEBUG"):
            raise
        return _broken_off("cli.bug", lang, kind=type(error).__name__, error=error)


def _run(words: Sequence[str], lang: str) -> int:
    # Our products are small: threads that wait for them cost more than they give. The LSTM's
    # engine has its own. Must be said before NumPy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        args = build_parser(lang).parse_args(words)
        from calloff.report.terminal.screen import Screen

        colour = not getattr(args, "no_color", False)
        screen = Screen.open(lang, quiet=getattr(args, "quiet", False), colour=colour)
        status: int = import_module(f"calloff.cli.commands.{args.command}").run(args, screen)
        return status
    finally:
        sys.stdout.flush()  # here, where a closed pipe or a full disk still finds an answer


def _broken_off(key: str, lang: str, **facts: object) -> int:
    shown: dict[str, Any] = {name: plain(str(fact)) for name, fact in facts.items()}
    sys.stderr.write(say(key, lang, **shown) + "\n")
    return 1


def _asked_language(words: Sequence[str]) -> str | None:
    """--lang is needed before the parser exists, for its own help."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if word == "--lang":
            return following
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return None


def _report(error: CalloffError, lang: str) -> None:
    lines = [problem.text(lang) for problem in error.problems[:SHOWN]]
    more = len(error.problems) - len(lines)
    if more:
        lines.append(say("cli.more", lang, count=more))
    head = say("cli.problems", lang, count=len(error.problems))
    sys.stderr.write("\n".join([head, *(f"  - {line}" for line in lines)]) + "\n")
