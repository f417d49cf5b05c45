# SPDX-License-Identifier: Apache-2.0
"""The schema, valid on SQLite and PostgreSQL. Times are seconds since the epoch. A change here needs a migration (tests compare the two)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ID = String(32)
NAME = String(128)


class Base(DeclarativeBase):
    """All tables."""


class BoardRow(Base):
    """A board that was ever seen, by its stable id."""

    __tablename__ = "boards"

    board_id: Mapped[str] = mapped_column(ID, primary_key=True)
    vid: Mapped[int] = mapped_column(Integer)
    pid: Mapped[int] = mapped_column(Integer)
    serial: Mapped[str] = mapped_column(NAME)
    manufacturer: Mapped[str] = mapped_column(NAME)
    product: Mapped[str] = mapped_column(NAME)
    location: Mapped[str] = mapped_column(NAME)
    candidates: Mapped[list[str]] = mapped_column(JSON)
    target: Mapped[str] = mapped_column(NAME)
    health: Mapped[int] = mapped_column(Integer)
    health_reason: Mapped[str] = mapped_column(Text)
    health_by_hub: Mapped[bool]
    failures: Mapped[int] = mapped_column(Integer)
    fence: Mapped[int] = mapped_column(BigInteger)
    chip_uid: Mapped[str] = mapped_column(NAME)
    chip_part: Mapped[str] = mapped_column(NAME)
    register_time: Mapped[float | None] = mapped_column(Double)
    vmuid: Mapped[str] = mapped_column(ID)
    port_sha256: Mapped[str] = mapped_column(String(64), server_default="")
    last_seen_time: Mapped[float | None] = mapped_column(Double)
    retired: Mapped[bool]


class AliasRow(Base):
    """A user's name for a board; an alias names one board."""

    __tablename__ = "aliases"

    alias: Mapped[str] = mapped_column(NAME, primary_key=True)
    board_id: Mapped[str] = mapped_column(ForeignKey("boards.board_id"), index=True)


class LabelRow(Base):
    """A board's labels."""

    __tablename__ = "labels"

    board_id: Mapped[str] = mapped_column(ForeignKey("boards.board_id"), primary_key=True)
    key: Mapped[str] = mapped_column(NAME, primary_key=True)
    value: Mapped[str] = mapped_column(NAME)


class LeaseRow(Base):
    """Leases, also those that have ended. The partial index is the last guard: one that holds per board."""

    __tablename__ = "leases"
    __table_args__ = (
        Index(
            "leases_one_holds_per_board",
            "board_id",
            unique=True,
            sqlite_where=text("end_time IS NULL"),
            postgresql_where=text("end_time IS NULL"),
        ),
        Index("leases_board_fence", "board_id", "fence", unique=True),
    )

    lease_id: Mapped[str] = mapped_column(ID, primary_key=True)
    board_id: Mapped[str] = mapped_column(ForeignKey("boards.board_id"))
    holder: Mapped[str] = mapped_column(NAME)
    reason: Mapped[str] = mapped_column(Text)
    fence: Mapped[int] = mapped_column(BigInteger)
    grant_time: Mapped[float] = mapped_column(Double)
    expire_time: Mapped[float] = mapped_column(Double)
    end_time: Mapped[float | None] = mapped_column(Double)
    end_reason: Mapped[str] = mapped_column(String(16))
    request_id: Mapped[str | None] = mapped_column(NAME, unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))


class JobRow(Base):
    """Jobs. `failure` and `result` are JSON of `hub.model.Failure` and of the kind's result."""

    __tablename__ = "jobs"
    __table_args__ = (Index("jobs_board_time", "board_id", "create_time"),)

    job_id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    board_id: Mapped[str] = mapped_column(ForeignKey("boards.board_id"))
    lease_id: Mapped[str] = mapped_column(ID)
    state: Mapped[int] = mapped_column(Integer)
    create_time: Mapped[float] = mapped_column(Double)
    end_time: Mapped[float | None] = mapped_column(Double)
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    request_id: Mapped[str | None] = mapped_column(NAME, unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))


class JobEventRow(Base):
    """A job's record. `kind` is "progress", "log" or "state"."""

    __tablename__ = "job_events"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.job_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time: Mapped[float] = mapped_column(Double)
    kind: Mapped[str] = mapped_column(String(16))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class VmRow(Base):
    """VM images made for registered boards; their bytes are blobs."""

    __tablename__ = "vms"

    vmuid: Mapped[str] = mapped_column(ID, primary_key=True)
    board_id: Mapped[str] = mapped_column(ForeignKey("boards.board_id"), index=True)
    target: Mapped[str] = mapped_column(NAME)
    chip_uid: Mapped[str] = mapped_column(NAME)
    version: Mapped[str] = mapped_column(NAME)
    rtos: Mapped[str] = mapped_column(NAME)
    patch: Mapped[str] = mapped_column(NAME)
    features: Mapped[list[str]] = mapped_column(JSON)
    image_sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    create_time: Mapped[float] = mapped_column(Double)


class BlobRow(Base):
    """Index of the content-addressed files."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    create_time: Mapped[float] = mapped_column(Double)


class AuditRow(Base):
    """Every mutating call: who, what, on which board, how it ended."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_time", "time"),)

    audit_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    time: Mapped[float] = mapped_column(Double)
    caller: Mapped[str] = mapped_column(NAME)
    method: Mapped[str] = mapped_column(NAME)
    board: Mapped[str] = mapped_column(NAME)
    lease_id: Mapped[str] = mapped_column(ID)
    request_id: Mapped[str] = mapped_column(NAME)
    outcome: Mapped[str] = mapped_column(NAME)
    """ "OK" or the code of the error."""
