"""The command line as users meet it: real processes, exit statuses, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from calloff.cli.main import COMMANDS, main
from calloff.store.adding import Adding, add
from calloff.synth import Customer, make, write_export

CALLOFF = shutil.which("calloff", path=sysconfig.get_path("scripts")) or "calloff"
QUIET = {"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", "")}


def run(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the installed command; no run may ever show a traceback or an ANSI code."""
    command = [CALLOFF, *map(str, words)]
    env = QUIET | options.pop("env", {})
    done = subprocess.run(
        command, capture_output=True, text=True, env=env, timeout=120, encoding="utf-8", **options
    )
    for stream in (done.stdout, done.stderr):
        assert "Traceback" not in stream
        assert "\x1b" not in stream
    return done


@pytest.fixture
def inside(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """As ``run``, without the second that a process takes: status, stdout, stderr."""

    def within(*words: object) -> tuple[int, str, str]:
        try:
            status = main([str(word) for word in words])
        except SystemExit as end:
            status = int(str(end.code))
        return status, *capsys.readouterr()

    return within


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small customer's export, with its faults."""
    made = tmp_path_factory.mktemp("plan") / "export.xlsx"
    write_export(make(SMALL), made)
    return made


SMALL = Customer(parts=8, days=34)
# For what does not test the choice of a method.
QUICK = {command: ["--method", "plan"] for command in ("backtest", "forecast", "report")}
ENDING = [name for name in COMMANDS if name != "serve"]  # which goes on until it is ended


def words_of(command: str, plan: Path, folder: Path) -> list[object]:
    extra: dict[str, list[object]] = {
        "correlate": ["--part", "Part 0", "--max-lead", 5],
        "train": ["--part", "Part 0", "--epochs", 2],
        "report": ["-o", folder / "report.html"],
        "demo": [],
        "add": [plan],
        "run": [plan, "--arrived", "issued"],
    }
    made = folder / "store"
    if command in ("scorecard", "repeat", "forget") and not made.exists():
        add(made, plan, how=Adding(arrived="issued"))
    own = {"demo": folder / command, "add": folder / command, "run": folder / command,
           "scorecard": made, "repeat": made, "forget": made}  # fmt: skip
    inputs: list[object] = [own.get(command, plan)]
    return [command, *inputs, *extra.get(command, [])]


@pytest.mark.parametrize("command", ENDING)
def test_each_command_through_its_entry_point(command: str, plan: Path, tmp_path: Path) -> None:
    words = words_of(command, plan, tmp_path)
    done = run("--quiet", *words)
    assert done.returncode == 0
    assert done.stdout.strip()
    told = "only repeat the day before" if command == "run" else ""  # the last day of this export
    assert (told in done.stderr) if told else done.stderr == ""


@pytest.mark.parametrize("command", ENDING)
def test_each_command_in_both_languages(
    command: str,
    plan: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    inside: Callable[..., tuple[int, str, str]],
) -> None:
    small = make(SMALL)
    monkeypatch.setattr("calloff.report.demo.make", lambda _: small)  # the full one: see above
    words = [*words_of(command, plan, tmp_path), *QUICK.get(command, [])]
    english, korean = inside(*words), inside(*words, "--lang", "ko")
    assert english[0] == korean[0] == 0
    assert english[1] != korean[1]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help(command: str, inside: Callable[..., tuple[int, str, str]]) -> None:
    for lang in ("en", "ko"):
        status, out, _ = inside(*command.split(), "--help", "--lang", lang)
        assert status == 0
        assert ("화면" in out) == (lang == "ko")
        assert command or all(name in out for name in COMMANDS)


@pytest.mark.parametrize("command", ["", "serve"])
def test_help_through_the_entry_point(command: str) -> None:
    """Of the two that no other test lets the installed command do; those that end are above."""
    done = run(*command.split(), "--help")
    assert done.returncode == 0 and done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_shows_each_command(project: Path, command: str) -> None:
    assert f"calloff {command}" in (project / "README.md").read_text(encoding="utf-8")


def test_version() -> None:
    from calloff import __version__

    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith(f"calloff {__version__} (Python ")
    module = subprocess.run(
        [sys.executable, "-m", "calloff", "--version"], capture_output=True, text=True
    )
    assert module.stdout == done.stdout


@pytest.mark.parametrize(
    "words",
    [
        [], ["nothing"], ["inspect"], ["inspect", "x.xls", "--lang", "fr"],
        ["inspect", "x.xls", "--conflicts", "maybe"], ["correlate", "x.xls"],
        ["backtest", "x.xls", "--lead", "0"], ["backtest", "x.xls", "--lead", "²"],
        ["backtest", "x.xls", "--from", "2021-13-01"], ["forecast", "x.xls", "--as-of", "today"],
        ["forecast", "x.xls", "--days", "-1"], ["forecast", "x.xls", "--lea", "3"],
        ["backtest", "x.xls", "--method", "magic"], ["inspect", "absent.xls"],
        ["inspect", "x" * 300], ["inspect", "**x"], ["inspect", ""],
    ],
)  # fmt: skip
def test_wrong_usage_and_input_are_status_2(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    inside: Callable[..., tuple[int, str, str]],
) -> None:
    monkeypatch.chdir(tmp_path)
    for lang in ("en", "ko"):
        monkeypatch.setenv("LC_ALL", lang)
        status, out, err = inside(*words)
        assert (status, out) == (2, "")
        assert err.strip()


def test_wrong_usage_of_the_installed_command(tmp_path: Path) -> None:
    assert run(cwd=tmp_path).returncode == run("inspect", "absent.xls").returncode == 2


def test_settings_that_the_input_cannot_meet(
    plan: Path, inside: Callable[..., tuple[int, str, str]]
) -> None:
    for words in (
        ["correlate", plan, "--part", "Part 99"],
        ["backtest", plan, "--exclude-parts", "Part 99"],
        ["backtest", plan, "--from", "1999-01-01", "--to", "1999-01-02"],
        ["backtest", plan, "--lead", "400"],
        ["backtest", plan, "--lead", "9" * 30],
        ["forecast", plan, "--as-of", "1999-01-01"],
        ["forecast", plan, "--lead", "40"],
        ["inspect", plan, "--strict"],
        ["inspect", plan, "--conflicts", "fail"],
        ["inspect", plan, "--layout", plan],
    ):
        status, out, err = inside(*words)
        assert (status, out) == (2, ""), (words, err)


def test_inspect_as_json_on_the_screen_and_in_a_file(plan: Path, tmp_path: Path) -> None:
    made = tmp_path / "found.json"
    assert run("inspect", plan, "--json", made).returncode == 0
    shown = run("inspect", plan, "--json", "-")
    found = json.loads(shown.stdout)
    assert found == json.loads(made.read_text(encoding="utf-8"))
    assert found["rows"] == found["rows_used"] + sum(found["set_aside"].values())
    assert found["parts"] == SMALL.parts


READERS = {".csv": pl.read_csv, ".parquet": pl.read_parquet}


@pytest.mark.parametrize(
    "words",
    [
        ["correlate", "--part", "Part 0", "-o"],
        ["trust", "-o"],
        ["train", "--part", "Part 0", "--plot"],
    ],
    ids=["correlate", "trust", "train"],
)
def test_a_picture_says_what_it_needs_before_the_work(
    inside: Callable[..., tuple[int, str, str]],
    plan: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
) -> None:
    monkeypatch.setattr("calloff.cli.inputs.find_spec", lambda name: None)
    status, out, said = inside(words[0], plan, *words[1:], tmp_path / "a.PNG")
    assert (status, out) == (2, "")
    assert "pip install 'calloff[pictures]'" in said
    assert "a.PNG" in said
    if words[0] != "train":
        assert inside(words[0], plan, *words[1:], tmp_path / "a.csv")[0] == 0


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx", ".CSV"])
@pytest.mark.parametrize("command", ["backtest", "forecast", "correlate"])
def test_results_by_suffix(
    command: str,
    suffix: str,
    plan: Path,
    tmp_path: Path,
    inside: Callable[..., tuple[int, str, str]],
) -> None:
    made = tmp_path / f"결과 1{suffix}"
    words = [*words_of(command, plan, tmp_path), *QUICK.get(command, []), "-o", made]
    status, _, err = inside(*words)
    assert status == 0, err
    assert list(tmp_path.iterdir()) == [made]
    assert made.name in err.replace("\n", "")
    if reader := READERS.get(suffix.lower()):
        assert reader(made).height > 0
    assert made.stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("command", ["backtest", "forecast", "correlate"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("out.doc", "cannot be written as"), ("out", "cannot be written as"),
        ("no/out.csv", "does not exist"), ("x" * 300 + ".csv", "cannot be written"),
        ("folder.csv", "is a folder"), ("pipe.csv", "device or a pipe"),
    ],
)  # fmt: skip
def test_odd_outputs_are_refused_before_any_work(
    command: str,
    name: str,
    says: str,
    tmp_path: Path,
    inside: Callable[..., tuple[int, str, str]],
) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    before = sorted(tmp_path.iterdir())
    words = words_of(command, tmp_path / "absent.xls", tmp_path)
    status, _, err = inside(*words, "-o", tmp_path / name)
    assert status == 2
    assert says in err
    assert "no such file" not in err  # the input was not even looked for
    assert sorted(tmp_path.iterdir()) == before


def test_inputs_and_results_are_kept_apart(
    plan: Path, tmp_path: Path, inside: Callable[..., tuple[int, str, str]]
) -> None:
    mine = tmp_path / "mine.xlsx"
    mine.write_bytes(plan.read_bytes())
    (tmp_path / "link.xlsx").symlink_to(mine)
    for target in (mine, tmp_path / "link.xlsx"):
        status, _, err = inside("forecast", f"{tmp_path}/m*.xlsx", "-o", target)
        assert status == 2
        assert "would be lost" in err
    assert mine.read_bytes() == plan.read_bytes()
    both = ["-o", tmp_path / "a.csv", "--scores", tmp_path / "a.csv"]
    assert inside("backtest", plan, *both)[0] == 2
    assert not (tmp_path / "a.csv").exists()
    if Path("/dev/null").is_char_device():
        assert inside("inspect", plan, "--json", "/dev/null")[0] == 2
        assert Path("/dev/null").is_char_device()


def test_a_link_is_written_through(
    plan: Path, tmp_path: Path, inside: Callable[..., tuple[int, str, str]]
) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    link.symlink_to(real)
    assert inside("forecast", plan, *QUICK["forecast"], "-o", link)[0] == 0
    assert link.is_symlink()
    assert real.read_text() != "old"


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_a_failed_run_leaves_the_old_result(suffix: str, plan: Path, tmp_path: Path) -> None:
    made = tmp_path / f"out{suffix}"
    made.write_text("old")
    full = "ulimit -f 1; exec " + " ".join(
        [CALLOFF, "backtest", str(plan), *QUICK["backtest"], "-o", str(made)]
    )
    alone = {**QUIET, "PYTHONDONTWRITEBYTECODE": "1"}  # or a module is kept half for good
    done = subprocess.run(["bash", "-c", full], capture_output=True, text=True, env=alone)
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert made.read_text() == "old"
    assert list(tmp_path.iterdir()) == [made]


@pytest.mark.parametrize("words", ["--help", "inspect {plan}", "inspect {plan} --json -"])
def test_a_closed_pipe_is_no_fault(words: str, plan: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{CALLOFF} {words.format(plan=plan)} | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        env=QUIET,
    )
    assert done.stdout.strip() == "0"
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, as Linux has it")
def test_a_full_disk_under_the_output(plan: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [CALLOFF, "inspect", plan], stdout=full, stderr=subprocess.PIPE, text=True, env=QUIET
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["cp949", "ascii"])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_screens_that_cannot_spell_everything(encoding: str, lang: str, plan: Path) -> None:
    done = subprocess.run(
        [CALLOFF, "forecast", plan, *QUICK["forecast"], "--lang", lang],
        capture_output=True,
        env=QUIET | {"PYTHONIOENCODING": encoding},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode(encoding)


def test_a_fault_of_our_own_is_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("by \x1b[31m zero")

    monkeypatch.setattr("calloff.cli.commands.inspect.run", broken)
    assert main(["inspect", "x.xls"]) == 1
    assert "ZeroDivisionError: by \ufffd[31m zero" in capsys.readouterr().err
    monkeypatch.setenv("CALLOFF_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["inspect", "x.xls"])


def test_an_interrupted_run_is_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("calloff.cli.commands.inspect.run", stopped)
    assert main(["inspect", "x.xls"]) == 1
    assert "Interrupted" in capsys.readouterr().err


def test_names_from_the_file_cannot_speak_to_the_terminal(
    tmp_path: Path, inside: Callable[..., tuple[int, str, str]]
) -> None:
    made = tmp_path / "plan.csv"
    rows = [f"\x1b[31m[bold]P{n},{20211001 + d},5,6" for d in range(9) for n in range(3)]
    made.write_text("\n".join(["part,issued_at,D,D+1", *rows, "x,y,z,1"]), encoding="utf-8")
    for command in ("inspect", "backtest", "forecast"):
        words = [made, *(["--lead", "1"] if command != "inspect" else [])]
        status, out, err = inside(command, *words)
        assert status in (0, 2)
        assert "\x1b" not in out + err
        assert "[bold]P" in out or command != "forecast"


def test_a_short_past_gets_no_quantiles_and_says_so(
    tmp_path: Path, inside: Callable[..., tuple[int, str, str]]
) -> None:
    path = tmp_path / "short.csv"
    rows = [
        f"Part {part},2024010{day}0800,5,{part + day},7" for part in (1, 2) for day in (1, 2, 3)
    ]
    path.write_text("\n".join(["part,issued_at,D,D+1,D+2", *rows]), "utf-8")
    status, out, _ = inside("forecast", path, "--lead", "1", "--lang", "en")
    assert status == 0
    assert "No quantiles yet: they need 3 past target days" in " ".join(out.split())


CASES = Path(__file__).parent / "reading" / "cases"


def test_a_plant_is_chosen_and_one_that_is_not_there_is_refused(
    inside: Callable[..., tuple[int, str, str]],
) -> None:
    both = CASES / "18-two-plants-same-part" / "both.csv"
    status, out, _ = inside("forecast", both, "--method", "ratio")
    assert status == 0
    assert "P-01 @ K1" in out
    assert "P-01 @ K2" in out
    status, out, _ = inside("forecast", both, "--plant", "k2", "--method", "ratio")
    assert status == 0
    assert "@" not in out
    assert "254" in out
    status, _, err = inside("forecast", both, "--plant", "K3")
    assert status == 2
    assert "K1, K2" in err


def test_a_part_whose_newest_row_is_lost_is_named_also_when_quiet(
    tmp_path: Path, inside: Callable[..., tuple[int, str, str]]
) -> None:
    errors = CASES / "45-excel-error-cells" / "a.xlsx"
    status, out, err = inside("--quiet", "forecast", errors, "--method", "ratio")
    assert status == 0
    assert "P-11" in err
    assert "its newest row could not be read" in out
    book = tmp_path / "out.xlsx"
    assert inside("forecast", errors, "--method", "ratio", "-o", book)[0] == 0
    kept = CalamineWorkbook.from_path(book)
    rows = [row for name in kept.sheet_names for row in kept.get_sheet_by_name(name).to_python()]
    texts = [str(cell) for row in rows for cell in row]
    assert any("its newest row could not be read" in text for text in texts)


def test_stock_of_no_part_is_an_error_and_of_some_is_said(
    tmp_path: Path, inside: Callable[..., tuple[int, str, str]]
) -> None:
    folder = CASES / "80-stock-no-match"
    status, _, err = inside("forecast", folder / "w.csv", "--stock", folder / "s.csv")
    assert status == 2
    assert "p-01" in err
    some = tmp_path / "stock.csv"
    some.write_text("part,stock\nP-01,900\np-02,5\n")
    status, _, err = inside("forecast", folder / "w.csv", "--stock", some, "--method", "ratio")
    assert status == 0
    assert "p-02" in err


def test_a_forecast_from_an_older_day_says_so_first(
    tmp_path: Path, inside: Callable[..., tuple[int, str, str]]
) -> None:
    lines = (CASES / "80-stock-no-match" / "w.csv").read_text().splitlines()
    copied = [line.replace("2021-10-22", "2021-10-23") for line in lines[-14:]]
    made = tmp_path / "copied.csv"
    made.write_text("\n".join([*lines, *copied]) + "\n")
    status, out, _ = inside("forecast", made, "--method", "ratio")
    assert status == 0
    assert out.startswith("The newest plan, of 2021-10-23, only repeats the one before")


def test_ten_is_no_share(inside: Callable[..., tuple[int, str, str]], plan: Path) -> None:
    status, _, err = inside("trust", plan, "--tolerance", "10")
    assert status == 2
    assert "1,000 %" in err
