"""All flights that left New York City in 2013, whole, from both of their files."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing

import pytest

import importer

KEY = ["year", "month", "day", "carrier", "flight", "origin", "sched_dep_time"]
ROWS = 336_776


@pytest.fixture(params=["flights.csv", "flights.xlsx"])
def flights(request, data, tmp_path):
    if request.param == "flights.xlsx":
        return data / request.param
    with zipfile.ZipFile(data / "flights.csv.zip") as archive:
        return archive.extract(request.param, tmp_path)


def test_the_flights_land_whole_and_a_second_run_finds_all_unchanged(flights, tmp_path):
    database = tmp_path / "flights.db"
    first = importer.load(flights, into=database, table="flights", key=KEY, listeners=[]).progress
    assert (first.rows_read, first.created, first.warnings) == (ROWS, ROWS, 0)
    with closing(sqlite3.connect(database)) as connection:
        [found] = connection.execute("SELECT count(*), sum(distance), sum(dep_time IS NULL) FROM flights")
        [kinds] = connection.execute(
            "SELECT DISTINCT typeof(distance), typeof(carrier), typeof(time_hour) FROM flights"
        )
    assert found == (ROWS, 350_217_607, 8_255)
    assert kinds == ("integer", "text", "text")
    again = importer.load(flights, into=database, table="flights", key=KEY, if_imported="again", listeners=[])
    second = again.progress
    assert (second.created, second.updated, second.unchanged) == (0, 0, ROWS)
