"""Holds what a job needs, until it is told to let go: `holder.py KIND PLACE STATEMENT…`."""

from __future__ import annotations

import sqlite3
import sys

import duckdb
import psycopg

if __name__ == "__main__":
    kind, place, *statements = sys.argv[1:]
    match kind:
        case "sqlite":
            connection = sqlite3.connect(place, isolation_level=None)
        case "duckdb":
            connection = duckdb.connect(place)
        case _:
            connection = psycopg.connect(place, autocommit=True)
    for statement in statements:
        connection.execute(statement)
    print("held", flush=True)
    sys.stdin.readline()
    connection.execute("COMMIT")
    connection.close()
