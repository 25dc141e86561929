"""Every error says what is wrong and what to do, in Python, in a shell and on a screen."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
import uuid
from pathlib import Path

import dataframely
import pytest

import importer
from importer import JobRecord, errors
from importer.cli import main
from importer.cli._commands import FAILED
from importer.errors import Command, Fix, ImporterError, Message, SourceError, TooManyRejectsError
from importer.store._record import COLUMNS
from importer.views import catalogue, for_mouse, for_shell

CODE = re.compile(r"\b[a-z_]+=|importer[. ][a-z]+|--[a-z]")
MODULES = sorted(Path(importer.__file__).parent.rglob("*.py"))
DATA = "'dy.Date()' and 'sheet=3.csv' and '--into' (importer show 4c1d)"
CLASSES = [error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, ImporterError)]
FIXES = {
    "python": "give header_row=0 if it is not a header, or resume it with importer.resume('4c1d8a52', into=…), or wait",
    "shell": (
        "give --header-row 0 if it is not a header, or resume it with `importer resume 4c1d8a52 --into …`, or wait"
    ),
    "mouse": "say that this file has no header row if it is not a header, or resume it, or wait",
}


def texts_of(module: Path) -> list[str]:
    """Sentences and fixes that a module writes, with … for their values."""
    calls = [node for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Call)]
    ours = [call for call in calls if re.search(r"Error$|^(Message|Fix|Command|cls)$", getattr(call.func, "id", ""))]
    found = []
    for call in ours:
        listed = [word.value.elts for word in call.keywords if word.arg == "fixes" and isinstance(word.value, ast.List)]
        for node in (*call.args, *(one for fixes in listed for one in fixes)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                found.append("".join(parts))
    return found


def error_of(kind: type[ImporterError]) -> ImporterError:
    fixes = [
        Fix("header_row", 0, "if it is not a header"),
        Command("resume it", "resume", "4c1d8a52", (Fix("into"),)),
        "wait",
    ]
    return kind(f"cannot read {DATA}", facts={"cell": DATA}, fixes=fixes)


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_reads_right_at_every_door_and_leaves_data_as_they_are(kind: type[ImporterError]) -> None:
    error = error_of(kind)
    said = {"python": str(error), "shell": for_shell(error), "mouse": for_mouse(error)}
    assert said == {door: f"cannot read {DATA}; {fixes}" for door, fixes in FIXES.items()}


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_survives_a_copy_and_another_process(kind: type[ImporterError]) -> None:
    error = error_of(kind)
    error.add_note("2 rows are in the table")
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(same), str(same), same.code, same.facts, same.fixes) == (
            kind,
            str(error),
            error.code,
            error.facts,
            error.fixes,
        )
        assert same.__notes__ == error.__notes__


@pytest.mark.parametrize("kind", CLASSES)
def test_a_sentence_alone_is_an_error(kind: type[ImporterError]) -> None:
    assert str(kind("it is full")) == for_shell(kind("it is full")) == for_mouse(kind("it is full")) == "it is full"


def test_every_class_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in CLASSES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize(
    ("fix", "python", "shell"),
    [
        (Fix("sheet", "Q3 old"), "sheet='Q3 old'", "--sheet 'Q3 old'"),
        (Fix("key", ("id", "day")), "key=('id', 'day')", "--key id,day"),
        (Fix("encoding"), "encoding=…", "--encoding …"),
        (
            Fix("mapping", {"qty": "Menge", "id": ...}),
            "mapping={'qty': 'Menge', 'id': …}",
            "--mapping qty=Menge --mapping id=…",
        ),
        (Fix("atomic", value=True), "atomic=True", "--atomic"),
        (Fix("day_first", value=False), "day_first=False", "--no-day-first"),
    ],
)
def test_an_option_is_written_as_python_and_the_shell_take_it(fix: Fix, python: str, shell: str) -> None:
    message = Message("no", [fix])
    assert (str(message), for_shell(message)) == (f"no; give {python}", f"no; give {shell}")


def test_a_command_to_look_at_a_job_is_a_function_in_python() -> None:
    message = Message("no", [Command("see it", "show", "4c1d8a52")])
    assert str(message) == "no; see it with importer.job('4c1d8a52')"
    assert for_shell(message) == "no; see it with `importer show 4c1d8a52`"
    assert for_mouse(message) == "no; see it"


def test_options_in_a_row_are_one_list() -> None:
    message = Message("it exists", [Fix("key"), Fix("if_table_exists", "append"), "drop it"])
    assert str(message) == "it exists; give key=…, or if_table_exists='append', or drop it"


def test_an_option_that_no_screen_has_is_left_out_there() -> None:
    assert for_mouse(Message("no", [Fix("chunk_rows", 10), "wait"])) == "no; wait"


def test_a_message_is_a_text_of_one_door_and_survives_another_process() -> None:
    message = Message("no", [Fix("sheet", 2)])
    same = pickle.loads(pickle.dumps(message))
    assert (same, same.sentence, same.fixes) == ("no; give sheet=2", "no", (Fix("sheet", 2),))


def test_no_word_on_a_screen_reads_like_code() -> None:
    assert [text for text in catalogue()["fix"].values() if CODE.search(text)] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: "/".join(module.parts[-2:]))
def test_no_sentence_and_no_words_of_a_fix_are_code(module: Path) -> None:
    assert [text for text in texts_of(module) if CODE.search(text)] == []


def test_an_error_names_the_options_that_would_help() -> None:
    assert SourceError("no", fixes=["wait", Fix("sheet"), Fix("encoding")]).options == ("sheet", "encoding")


def test_a_file_is_called_by_its_name_whatever_that_reads_like(tmp_path: Path) -> None:
    file = tmp_path / "sheet=3.csv"
    file.touch()
    with pytest.raises(SourceError) as caught:
        importer.read(file)
    assert "'sheet=3.csv'" in for_mouse(caught.value)
    assert caught.value.options == ()


def test_a_shell_is_told_the_code_and_the_facts_of_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("id,name\n")
    assert main(["load", "a.csv", "--into", "a.db", "--header-row", "9", "--json"]) == FAILED
    said = capsys.readouterr()
    outcome = json.loads(said.out.splitlines()[-1])
    assert (outcome["code"], outcome["facts"]) == ("header-row-wrong", {"header_row": 9, "rows": [1, 1]})
    assert "--header-row 0 if there is no header" in outcome["error"]
    assert said.err.strip() == f"importer: {outcome['error']}"


def test_the_history_keeps_what_to_do_for_every_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("id,qty\n" + "".join(f"{n},{n}\n" for n in range(50)) + "x,1\n")
    schema = dataframely.Int64(primary_key=True)
    with pytest.raises(TooManyRejectsError) as caught:
        importer.load("a.csv", into="a.db", schema=type("A", (dataframely.Schema,), {"id": schema}), max_rejects=0)
    [record] = importer.jobs()
    assert record.error is not None
    assert str(record.error) == str(caught.value)
    assert for_mouse(record.error) == for_mouse(caught.value)
    assert main(["show", record.short_id]) == 0
    assert "give --max-rejects … to allow more" in capsys.readouterr().out


def test_a_message_that_was_kept_with_another_error_is_not_used() -> None:
    record = JobRecord(job_id=str(uuid.uuid4()), made_at="2026-01-01T00:00:00", heard_at="2026-01-01T00:00:00")
    row = {name: getattr(record, name) for name in COLUMNS}
    row |= {"state": "failed", "error": "it is full", "message": Message("it was full").as_json()}
    assert JobRecord.of_row(row, is_heard=False).error == "it is full"


def test_a_preview_in_a_shell_names_the_option_as_the_shell_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,day,qty,note\n" + "".join(f"{n},2025-01-02,{n},a\n" for n in range(20)) + "Total,,,\n")
    assert main(["preview", str(file)]) == 0
    assert "give --last-row 21 if that is not part of the table" in " ".join(capsys.readouterr().out.split())
    assert "give last_row=21 if that is not part of the table" in " ".join(str(importer.preview(file)).split())
