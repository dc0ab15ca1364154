"""Messages of the tests, and what was read of them in few words."""

from __future__ import annotations

from pathlib import Path

from calloff.data.edi import Schedules, read_messages
from calloff.texts.errors import CalloffError

WORKED = Path(__file__).parent / "worked"
FILES = sorted(path for path in WORKED.iterdir() if path.is_file())


def worked(name: str) -> str:
    """The text of the one worked file whose name begins like this."""
    (path,) = WORKED.glob(f"{name}*.*")
    return path.read_bytes().decode("latin-1")


def read(text: str) -> Schedules:
    return read_messages(text.encode("latin-1"))


def rows(schedules: Schedules) -> list[tuple[str, str, str, int, str, float]]:
    """Part, plant, target, days, status, quantity."""
    columns = ("part", "ship_to", "target", "days", "status", "quantity")
    return [
        (part, plant, str(target), *rest)
        for part, plant, target, *rest in schedules.lines.select(columns).iter_rows()
    ]


def refused(text: str) -> list[tuple[str, int | None, int | None]]:
    """Code, message and segment of each problem of a file of which nothing can be read."""
    try:
        found = read(text)
    except CalloffError as error:
        assert all("Traceback" not in problem.text("ko") for problem in error.problems)
        return [(p.code, p.where.message, p.where.segment) for p in error.problems]
    raise AssertionError(f"it was read: {rows(found)}")


def warned(schedules: Schedules) -> list[str]:
    assert all(p.text("en") and p.text("ko") for p in schedules.warnings + schedules.problems)
    return [problem.code for problem in schedules.warnings]


def delfor(*segments: str, release: str = "97A", function: str = "5", kind: str = "DELFOR") -> str:
    """A message of these segments behind its header, in an interchange."""
    head = [f"UNH+1+{kind}:D:{release}:UN", f"BGM+241+1+{function}", "DTM+137:20260302:102"]
    body = [*head, *segments]
    body.append(f"UNT+{len(body) + 1}+1")
    return "'".join(["UNB+UNOC:3+CUST+SUPP+260302:0545+1", *body, "UNZ+1+1", ""])


def x12(*segments: str, kind: str = "830") -> str:
    """A message of these segments, its beginning among them, in an interchange."""
    body = [f"ST*{kind}*0001", *segments]
    body.append(f"SE*{len(body) + 1}*0001")
    isa = (
        "ISA*00*          *00*          *ZZ*CUST           *ZZ*SUPP           "
        "*260302*0600*U*00401*000000007*0*P*>"
    )
    group = "PS" if kind == "830" else "SS"
    head = [isa, f"GS*{group}*CUST*SUPP*20260302*0600*7*X*004010"]
    return "~".join([*head, *body, "GE*1*7", "IEA*1*000000007", ""])
