"""calloff run: the day's work in one command."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from calloff.cli.options import add_adding, lead_days, whole_number
from calloff.texts.catalogue import say

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from calloff.daily.settings import SettingsFile
    from calloff.planning.parallel import Submits
    from calloff.report.terminal.screen import Screen


def configure(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("store", metavar="STORE", help=say("daily.help_store", lang))
    words = say("daily.help_inbox", lang)
    parser.add_argument("inbox", nargs="?", metavar="INBOX", help=words)
    parser.add_argument("--out", metavar="FOLDER", help=say("daily.help_out", lang))
    words = say("daily.help_settings", lang)
    parser.add_argument("--settings", metavar="FILE.toml", help=words)
    words = say("daily.help_lead", lang)
    parser.add_argument("--lead", metavar="DAYS", help=words, type=_checked_lead)
    parser.add_argument("--json", metavar="FILE", help=say("daily.help_json", lang))
    add_adding(parser, lang)
    many = parser.add_argument_group(say("daily.help_many", lang))
    words = say("daily.help_workers", lang)
    many.add_argument("--workers", type=whole_number, default=1, metavar="N", help=words)
    words = say("daily.help_scheduler", lang)
    many.add_argument("--scheduler", metavar="ADDRESS", help=words)


def _checked_lead(text: str) -> str:
    lead_days(text)
    return text


def run(args: argparse.Namespace, screen: Screen) -> int:
    from calloff.daily.overview import write_overview
    from calloff.daily.screen import show_day
    from calloff.daily.work import Daily, summary_of, work_day
    from calloff.report.files import check_target, write_json
    from calloff.store.adding import Adding

    if args.json and args.json != "-":
        check_target(args.json, (".json",))
    out = Path(args.out) if args.out else None
    adding = Adding(args.layout, args.customer, args.arrived)
    how = Daily(out, _settings(args), adding, screen.lang)
    with _executor(args) as executor, screen.progress("daily.progress") as progress:
        day = work_day(args.store, args.inbox, how, executor=executor, progress=progress)
    if out is not None:
        write_overview(day, out, screen.lang)
    summary = summary_of(day, screen.lang)
    if args.json == "-":
        json.dump(summary, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
    else:
        show_day(day, screen, out)
        if args.json:
            write_json(summary, args.json)
    return int(summary["status"])


def _settings(args: argparse.Namespace) -> SettingsFile:
    """Those of the file that is named, else of the one in the store; --lead goes before both."""
    from calloff.daily.settings import read_settings
    from calloff.daily.work import settings_in

    given = {"lead": args.lead} if args.lead else {}
    if args.settings:
        return read_settings(args.settings, **given)
    return settings_in(Path(args.store), **given)


def _executor(args: argparse.Namespace) -> AbstractContextManager[Submits | None]:
    from calloff.planning.executors import dask_executor, local_executor

    if args.scheduler:
        return dask_executor(args.scheduler)
    return local_executor(args.workers) if args.workers > 1 else nullcontext()
