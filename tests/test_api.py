from __future__ import annotations

import inspect
import subprocess
import sys

import dataframely as dy
import openpyxl
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import importer
from importer.errors import ColumnNotFoundError, RejectsError, SinkError, SourceError
from importer.testing import MemorySink


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "Q3 Orders (final).csv"
    file.write_text("Order No,qty\n1,5\n2,x\n" + "".join(f"{n},{n}\n" for n in range(3, 50)), encoding="utf-8")
    return file


def test_every_public_name_is_there_and_listed():
    public = {
        name for name in vars(importer) if not name.startswith("_") and not inspect.ismodule(getattr(importer, name))
    }
    assert public <= set(importer.__all__)
    assert all(getattr(importer, name) is not None for name in importer.__all__)
    assert importer.__all__ == sorted(importer.__all__)
    assert dir(importer) == sorted([*importer.__all__, "__version__"])


def test_a_name_that_is_not_public_is_no_attribute():
    with pytest.raises(AttributeError, match="module 'importer' has no attribute 'lod'"):
        importer.lod  # noqa: B018


def test_the_app_is_loaded_when_it_is_first_used():
    code = "import sys, importer; before = 'importer.app' in sys.modules; importer.App; print(before)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_importing_the_package_loads_neither_a_screen_nor_a_large_library():
    screens = {"tqdm", "ipywidgets", "IPython", "anywidget", "openpyxl", "dataframely", "duckdb", "psycopg", "polars"}
    code = f"import sys, importer; print(sorted({screens!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_table_is_named_after_the_file_and_columns_after_the_headers(orders):
    sink = MemorySink()
    report = importer.load(orders, into=sink, key="Order No", listeners=[])
    assert (report.table, sink.rows[0]) == ("q3_orders_final", {"order_no": 1, "qty": 5})
    assert report.rejects.select("row", "column", "letter", "value", "rule").rows() == [
        (3, "qty", "B", "x", "type-error")
    ]
    assert report.rejected_rows.rows() == [(3, "2", "x")]


def test_rejects_are_raised_only_where_asked_for(orders):
    report = importer.load(orders, into=MemorySink(), key="Order No", listeners=[])
    with pytest.raises(RejectsError, match=r"1 of 49 rows were refused, the first in row 3, column 'qty': 'x'"):
        report.raise_for_rejects()


def test_a_plan_that_cannot_be_is_refused_before_anything_is_read_or_written(orders, tmp_path):
    class Other(dy.Schema):
        colour = dy.String()

    with pytest.raises(ColumnNotFoundError, match="no column in the file fits 'colour'"):
        importer.plan(orders, into=tmp_path / "x.db", schema=Other)
    with pytest.raises(SinkError, match="no sink knows"):
        importer.plan(orders, into="oracle://x")
    with pytest.raises(SourceError, match=r"nowhere\.csv"):
        importer.plan(tmp_path / "nowhere.csv", into=tmp_path / "x.db")
    assert not (tmp_path / "x.db").exists()


def test_check_gives_the_report_of_the_run_and_writes_nothing(orders, tmp_path):
    plan = importer.plan(orders, into=tmp_path / "x.db", key="Order No", listeners=[])
    checked = plan.check()
    assert checked.is_dry_run
    assert not (tmp_path / "x.db").exists()
    done = plan.run()
    assert (checked.progress.created, checked.progress.rejected) == (done.progress.created, done.progress.rejected)
    assert_frame_equal(checked.rejects, done.rejects)


def test_start_returns_at_once_and_result_waits(orders):
    sink = MemorySink()
    job = importer.plan(orders, into=sink, key="Order No", listeners=[]).start()
    assert job.result().progress.created == len(sink.rows) == 48


def test_the_inferred_code_makes_the_same_import(orders):
    first, second = MemorySink(), MemorySink()
    importer.load(orders, into=first, key="Order No", listeners=[])
    names = {}
    exec(importer.infer(orders, key="Order No").code(), names)
    [schema] = [value for value in names.values() if isinstance(value, type) and issubclass(value, dy.Schema)]
    importer.load(orders, into=second, schema=schema, listeners=[])
    assert first.rows == second.rows


def test_read_gives_the_cells_as_they_stand(orders):
    frame = importer.read(orders)
    assert (frame.columns, frame.height, frame.row(1)) == (["Order No", "qty"], 49, ("2", "x"))
    assert set(frame.dtypes) == {pl.String}


def test_a_preview_tells_what_becomes_of_every_column(orders):
    class Orders(dy.Schema):
        order_no = dy.Int64(primary_key=True)
        colour = dy.String(nullable=True)

    preview = importer.plan(orders, into=MemorySink(), schema=Orders).preview(3)
    assert [(c.label, c.column, c.why) for c in preview.columns] == [
        ("Order No", "order_no", "by its name"),
        ("qty", None, "the schema has no such column"),
        (None, "colour", "stays empty"),
    ]
    assert preview.rows.height == 3
    assert preview.rows_expected == 49


def test_nothing_shown_holds_a_password_or_live_html(orders, tmp_path):
    hostile = tmp_path / "<img src=x onerror=alert(1)>.csv"
    hostile.write_text("<script>alert(1)</script>,n\n<b>x</b>,1\n<i>y</i>,2\n", encoding="utf-8")
    plan = importer.plan(hostile, into=MemorySink(), table="<b>t</b>", listeners=[])
    for shown in (plan.preview()._repr_html_(), plan.run()._repr_html_(), plan.inference._repr_html_()):
        for tag in ("<img", "<script", "<b>", "<i>"):
            assert tag not in shown
    secret = importer.plan(orders, into="postgresql://ann:s3cr3t@localhost:1/shop", listeners=[])
    job = secret.start()
    with pytest.raises(SinkError) as failed:
        job.result()
    for said in (repr(secret), str(failed.value), repr(job.report), str(job.report.as_dict()), job.progress.error):
        assert "s3cr3t" not in said


def test_an_empty_frame_is_an_empty_table():
    sink = MemorySink()
    report = importer.load(pl.DataFrame(schema={"a": pl.String}), into=sink, table="t", listeners=[])
    assert (report.progress.rows_read, report.progress.fraction, sink.rows) == (0, 1.0, [])


def test_dates_that_could_be_read_in_two_ways_stay_text_and_are_told():
    file = pl.DataFrame({"day": ["03/04/2025", "05/06/2025"]})
    sink = MemorySink()
    report = importer.load(file, into=sink, table="t", listeners=[])
    assert sink.rows[0] == {"day": "03/04/2025"}
    assert any("day_first" in note for note in report.notes)
    assert "day_first" in str(report)
    told = MemorySink()
    importer.load(file, into=told, table="t", day_first=True, listeners=[])
    assert told.rows[0]["day"].month == 4


class Weights(dy.Schema):
    id = dy.Int64(primary_key=True)
    weight = dy.Float64(metadata={"decimal": ","})


@pytest.mark.parametrize("kind", ["workbook", "frame"])
def test_numbers_of_a_file_are_not_read_as_people_write_them(tmp_path, kind):
    file = pl.DataFrame({"id": [1, 2, 3], "weight": [12.345, 0.5, 7.0]})
    if kind == "workbook":
        book = openpyxl.Workbook()
        for row in [("id", "weight"), *file.rows(), (4, "1.234,5"), (5, 12.345)]:
            book.active.append(row)
        book.save(file := tmp_path / "weights.xlsx")
    sink = MemorySink()
    importer.load(file, into=sink, table="weights", schema=Weights, listeners=[]).raise_for_rejects()
    weights = [row["weight"] for row in sink.rows]
    assert weights == [12.345, 0.5, 7.0, 1234.5, 12.345][: len(weights)]


def test_names_of_before_still_work_and_name_the_new_one(orders):
    plan = importer.plan(orders, into=MemorySink(), listeners=[])
    preview, job = plan.preview(), plan.start()
    for name, old, new in [
        ("Plan.effective_schema", lambda: plan.target, plan.effective_schema),
        ("Plan.footer", lambda: plan.tail, plan.footer),
        ("Plan.reading.file", lambda: plan.file, plan.reading.file.path),
        ("Plan.reading.file.name", lambda: plan.file_name, plan.reading.file.name),
        ("Plan.formats_before", lambda: plan.known_formats, plan.formats_before),
        ("Preview.read_as", lambda: preview.opened, preview.read_as),
        ("Preview.footer", lambda: preview.tail, preview.footer),
        ("timeout_s=", lambda: job.wait(timeout=60), True),
        ("timeout_s=", lambda: job.result(timeout=60).progress, job.result().progress),
    ]:
        with pytest.warns(DeprecationWarning, match=f"is now {name}"):
            assert old() == new


@pytest.mark.parametrize("row", [1, 99], ids=["the header", "below the table"])
def test_a_correction_of_a_row_that_is_not_read_is_told(orders, row):
    plan = importer.plan(orders, into=MemorySink(), corrections={(row, "qty"): "7", (3, "qty"): "8"}, listeners=[])
    for report in (plan.check(), plan.run()):
        assert report.progress.rejected == 0
        assert report.notes[-1].endswith(f"these rows are not among the rows of the table: {row}")
    used = importer.plan(orders, into=MemorySink(), corrections={(3, "qty"): "8"}, listeners=[]).run()
    assert not any("not used" in note for note in used.notes)
