"""Datasette over a small library's database: cursor pagination, nulls, dates, foreign keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.servers.install import ensure
from tests.servers.process import Server, launched

SCHEMA = """
create table authors (
    id integer primary key, name text not null, born text not null, died text, country text
);
create table books (
    id integer primary key, title text not null, author_id integer not null references authors(id),
    published text not null, pages integer, price real not null, isbn text
);
create table members (
    id integer primary key, name text not null, joined_at text not null, active integer not null
);
create table loans (
    id integer primary key, book_id integer not null references books(id),
    member_id integer not null references members(id), taken_at text not null, returned_at text
);
create view overdue as
    select loans.id, books.title, members.name as member, loans.taken_at
    from loans join books on books.id = book_id join members on members.id = member_id
    where returned_at is null;
"""

AUTHORS = [
    (1, "Mary Shelley", "1797-08-30", "1851-02-01", "United Kingdom"),
    (2, "Jules Verne", "1828-02-08", "1905-03-24", "France"),
    (3, "Stanisław Lem", "1921-09-12", "2006-03-27", "Poland"),
    (4, "Ursula K. Le Guin", "1929-10-21", "2018-01-22", "United States"),
    (5, "Ted Chiang", "1967-01-01", None, "United States"),
    (6, "Andy Weir", "1972-06-16", None, None),
]
TITLES = [
    ("Frankenstein", 1, "1818-01-01", 280, 7.9),
    ("The Last Man", 1, "1826-01-23", None, 9.5),
    ("Around the World in Eighty Days", 2, "1872-11-06", 252, 6),
    ("Twenty Thousand Leagues Under the Seas", 2, "1870-06-20", 426, 8.25),
    ("Solaris", 3, "1961-06-01", 204, 10.99),
    ("The Cyberiad", 3, "1965-01-01", 295, 12.5),
    ("The Left Hand of Darkness", 4, "1969-03-01", 286, 11),
    ("The Dispossessed", 4, "1974-05-01", 341, 11.75),
    ("Stories of Your Life and Others", 5, "2002-07-05", 281, 14.2),
    ("Exhalation", 5, "2019-05-07", None, 16),
    ("The Martian", 6, "2011-09-27", 369, 9.99),
    ("Project Hail Mary", 6, "2021-05-04", 476, 18.5),
]
MEMBERS = [
    (1, "Noor Haddad", "2021-03-14T09:30:00Z", 1),
    (2, "Emil Sørensen", "2022-11-02T16:05:12Z", 1),
    (3, "Priya Raman", "2019-07-21T11:00:00Z", 0),
]
LOAN_COUNT = 250


def make_database(path: Path) -> None:
    """Write the database file; its content is the same at every run."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        database.executemany("insert into authors values (?, ?, ?, ?, ?)", AUTHORS)
        books = [
            (number, *row, f"978-{number:010d}" if number % 3 else None)
            for number, row in enumerate(TITLES, 1)
        ]
        database.executemany("insert into books values (?, ?, ?, ?, ?, ?, ?)", books)
        database.executemany("insert into members values (?, ?, ?, ?)", MEMBERS)
        loans = [_loan(number) for number in range(1, LOAN_COUNT + 1)]
        database.executemany("insert into loans values (?, ?, ?, ?, ?)", loans)


def _loan(number: int) -> tuple[int, int, int, str, str | None]:
    day = f"2024-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    returned = None if number % 5 == 0 else f"{day}T18:45:00Z"
    return (number, number % 12 + 1, number % 3 + 1, f"{day}T08:15:00Z", returned)


@contextmanager
def start(port: int | None = None) -> Iterator[Server]:
    """Run it with the database `library`, readable by everybody."""
    datasette = ensure("datasette") / "bin" / "datasette"

    def command(folder: Path, port: int) -> list[str | Path]:
        make_database(folder / "library.db")
        settings = ["--setting", "default_page_size", "100", "--setting", "num_sql_threads", "3"]
        where = ["-h", "127.0.0.1", "-p", str(port)]
        return [datasette, folder / "library.db", "--crossdb", *where, *settings]

    with launched(command, port=port, ready="/-/versions.json") as running:
        yield running.server(
            "datasette",
        )
