"""Workbooks with a password, which is kept nowhere."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import shutil
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from msoffcrypto.method.ecma376_agile import ECMA376Agile
from test_app import Desk
from test_binary_workbooks import row, string, write
from waiting import heard_at_once

import importer
from importer.core import State
from importer.errors import OptionError, SourceError
from importer.sources import list_sheets, open_source
from importer.testing._source_contract import whole

SECRET = "s3cret-Grüße-47"


def encrypted(path, password=SECRET):
    """The same file with a password, beside it."""
    made = path.with_name(f"locked-{path.name}")
    with path.open("rb") as file, made.open("wb") as out:
        out.write(ECMA376Agile.encrypt(password, file))
    return made


def workbook(path, rows=3):
    book = openpyxl.Workbook()
    book.active.append(["id", "n"])
    for n in range(rows):
        book.active.append([f"a{n}", n])
    book.save(path)
    return path


@pytest.fixture
def locked(tmp_path):
    return encrypted(workbook(tmp_path / "orders.xlsx"))


def test_a_workbook_with_a_password_is_read_with_it(locked, tmp_path):
    with pytest.raises(SourceError, match=r"'locked-orders.xlsx' is encrypted: it has a password; give password=…"):
        importer.read(locked)
    assert importer.read(locked, password=SECRET).rows() == [("a0", "0"), ("a1", "1"), ("a2", "2")]
    # This process knows it now.
    assert [sheet.name for sheet in list_sheets(locked)] == ["Sheet"]
    report = importer.load(locked, into=tmp_path / "a.db", key="id", listeners=[])
    assert report.progress.created == 3


def test_a_wrong_password_is_said_to_be_wrong_each_time(locked):
    for _ in range(2):
        with pytest.raises(SourceError, match="the password that was given does not open it") as caught:
            importer.read(locked, password="wrong")
        assert caught.value.code == "file-password-wrong"
    with pytest.raises(SourceError, match="it has a password"):
        importer.read(locked)
    assert importer.preview(locked, password=SECRET).columns[0].dtype == "String"


def test_the_password_that_excel_uses_by_itself_is_tried(tmp_path):
    path = encrypted(workbook(tmp_path / "protected.xlsx"), "VelvetSweatshop")
    assert whole(open_source(path))[0][0] == ("a0", "0")
    other = encrypted(workbook(tmp_path / "other.xlsx"), "VelvetSweatshop")
    assert importer.infer(other, password="another").schema.column_names() == ["id", "n"]


def test_the_environment_may_hold_the_password(locked, monkeypatch):
    monkeypatch.setenv("IMPORTER_FILE_PASSWORD", SECRET)
    assert len(whole(open_source(locked))[0]) == 3


def test_a_binary_workbook_may_have_a_password_too(tmp_path):
    plain = write(tmp_path / "a.xlsb", ("S", 0, row(1, string(0, "id")) + row(2, string(0, "x"))))
    with zipfile.ZipFile(plain, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("docProps/thumbnail.bin", bytes(8_192))  # msoffcrypto garbles files of less than 4 kB
    assert importer.read(encrypted(plain), password=SECRET).rows() == [("x",)]


def test_a_file_without_one_needs_none_and_minds_none(tmp_path):
    path = workbook(tmp_path / "a.xlsx")
    assert len(importer.read(path, password="unneeded")) == 3
    with pytest.raises(OptionError, match="the password means nothing for what is no file"):
        importer.read([{"id": 1}], password=SECRET)
    with pytest.raises(OptionError, match="password must be a text, not a int") as caught:
        importer.read(path, password=4711)
    assert "4711" not in str(caught.value)


def test_one_that_would_hash_without_end_is_refused(locked):
    content = locked.read_bytes()
    prolog = b' standalone="yes"?>'
    assert content.count(prolog) == content.count(b'spinCount="100000"') == 1
    # The stream keeps its length.
    longer = content.replace(prolog, b"?>").replace(b'spinCount="100000"', b'spinCount="2000000000"' + b" " * 13)
    assert len(longer) == len(content)
    locked.write_bytes(longer)
    with pytest.raises(SourceError, match="spinCount must be between 0 and 10000000"):
        importer.read(locked, password=SECRET)


def test_a_damaged_one_is_refused(locked):
    content = locked.read_bytes()
    for size in 3_000, len(content) - 3_000:
        locked.write_bytes(content[:size])
        with pytest.raises(SourceError, match=r"'locked-orders.xlsx' .*(?:encrypted|cannot be read)"):
            importer.read(locked, password=SECRET)


SHELL = """
import sys, importer.cli
sys.exit(importer.cli.main(sys.argv[1:]))
"""


def shell(*arguments, **variables):
    environment = os.environ | variables
    environment.pop("IMPORTER_FILE_PASSWORD", None) if not variables else None
    command = [sys.executable, "-c", SHELL, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, encoding="utf-8")


def test_a_shell_asks_or_takes_the_password_from_the_environment(locked):
    told = shell("cat", locked)
    assert told.returncode == 1
    assert "give --ask-file-password, or set IMPORTER_FILE_PASSWORD" in told.stderr
    assert shell("cat", locked, IMPORTER_FILE_PASSWORD=SECRET).stdout == "id,n\na0,0\na1,1\na2,2\n"
    asked = shell("cat", locked, "--ask-file-password")
    assert "there is no terminal at which a password can be typed; set IMPORTER_FILE_PASSWORD" in asked.stderr


def test_the_password_stands_in_nothing_that_an_import_says_or_keeps(locked, tmp_path, home):
    planned = importer.plan(locked, into=tmp_path / "a.db", key="id", password=SECRET, listeners=[])
    report = planned.run()
    said = [repr(planned), str(planned.preview()), repr(report), str(report), json.dumps(planned.options.as_json())]
    said += planned.options.arguments()
    said += [repr(importer.job(report.progress.job_id)), repr(planned.reading.source.book)]
    assert SECRET not in "".join(said)
    kept = [path for folder in (Path(home), tmp_path) for path in folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".db") for path in kept)
    for path in kept:
        content = path.read_bytes()
        assert not any(SECRET.encode(code) in content for code in ("utf-8", "utf-16-le")), path
    assert SECRET.encode() not in pickle.dumps(importer.job(report.progress.job_id).as_dict())


RESUMED = """
import sys, importer
job, *password = sys.argv[1:]
print(importer.resume(job, listeners=[], **(dict(password=password[0]) if password else {})).progress.rows_read)
"""


def test_a_job_that_is_resumed_elsewhere_needs_the_password_again(tmp_path):
    path = encrypted(workbook(tmp_path / "many.xlsx", rows=300))
    planned = importer.plan(path, into=tmp_path / "a.db", key="id", chunk_rows=100, password=SECRET, listeners=[])
    job = heard_at_once(replace(planned, listeners=(lambda now: now.rows_read >= 100 and job.cancel(),)).job())
    job.start().result()
    assert job.progress.state is State.CANCELLED
    without, with_it = (
        subprocess.run([sys.executable, "-c", RESUMED, *arguments], capture_output=True, text=True, check=False)
        for arguments in ([job.id], [job.id, SECRET])
    )
    assert "is encrypted: it has a password" in without.stderr
    assert (with_it.stdout.strip(), with_it.returncode) == ("300", 0)


def test_the_app_asks_for_the_password_and_does_not_keep_it(locked, tmp_path):
    app = importer.App(locked, into=tmp_path / "a.db", key="id")
    try:
        desk = Desk(app)
        assert desk.model.problem.error.code == "file-encrypted"
        field = next(control for control in desk.step("preview").controls if control["data-action"] == "unlock")
        assert (field["type"], field["value"], field["autocomplete"]) == ("password", "", "new-password")
        desk.ask("unlock", "wrong")
        assert desk.model.problem.error.code == "file-password-wrong"
        desk.ask("unlock", SECRET)
        assert desk.model.problem is None
        assert app.run().progress.created == 3
        shown = "".join(page.html for page in app._screen.pages.values())
        assert SECRET not in shown + repr(desk.model) + desk.code()
    finally:
        app.close()


def test_what_else_lies_in_the_container_of_old_workbooks_is_named(locked, tmp_path):
    content = bytearray(locked.read_bytes())
    at = content.find("EncryptionInfo".encode("utf-16-le"))
    content[at : at + 28] = "WordDocument\0\0".encode("utf-16-le")
    content[at + 64] = 26
    (tmp_path / "letter.xls").write_bytes(content)
    with pytest.raises(SourceError, match="cannot be read: it is a Word document"):
        open_source(tmp_path / "letter.xls")


def locked_xls(plain, path, password=SECRET):
    """An old workbook encrypted by RC4 as Excel does it, in place of its record of who wrote it."""
    from msoffcrypto import OfficeFile
    from msoffcrypto.method.rc4 import ARC4, Cipher, _makekey
    from olefile import OleFileIO

    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    cipher = Cipher(ARC4(_makekey(password, salt, 0)), mode=None).encryptor()
    proof = cipher.update(verifier) + cipher.update(hashlib.md5(verifier).digest())
    filepass = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + salt + proof
    shutil.copy(plain, path)
    with OleFileIO(str(path), write_mode=True) as container:
        stream = bytearray(container.openstream("Workbook").read())
        at = 0
        while stream[at : at + 4] != struct.pack("<HH", 0x5C, 112):
            at += 4 + struct.unpack_from("<H", stream, at + 2)[0]
        stream[at : at + 62] = filepass + struct.pack("<HH", 0x0863, 54)
        container.write_stream("Workbook", bytes(stream))
    # Encrypting is the same as decrypting.
    with path.open("rb") as file:
        office = OfficeFile(file)
        office.load_key(password=password)
        made = io.BytesIO()
        office.decrypt(made)
    path.write_bytes(made.getvalue())
    with OleFileIO(str(path), write_mode=True) as container:
        stream = bytearray(container.openstream("Workbook").read())
        stream[at : at + len(filepass)] = filepass
        container.write_stream("Workbook", bytes(stream))
    return path


def test_an_old_workbook_may_have_a_password_too(data, tmp_path):
    plain = data / "readxl" / "datasets.xls"
    path = locked_xls(plain, tmp_path / "locked.xls")
    with pytest.raises(SourceError, match=r"'locked.xls' is encrypted: it has a password; give password=…"):
        importer.read(path)
    with pytest.raises(SourceError, match="the password that was given does not open it"):
        importer.read(path, password="wrong")
    assert importer.read(path, password=SECRET).equals(importer.read(plain))
