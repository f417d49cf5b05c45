# SPDX-License-Identifier: Apache-2.0
"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(32)
NAME = sa.String(128)
HASH = sa.String(64)


def _board_id(*, primary_key: bool = False, index: bool = False) -> "sa.Column[str]":
    board = sa.ForeignKey("boards.board_id")
    return sa.Column("board_id", ID, board, nullable=False, primary_key=primary_key, index=index)


def upgrade() -> None:
    """Makes all tables."""
    op.create_table(
        "boards",
        sa.Column("board_id", ID, primary_key=True),
        sa.Column("vid", sa.Integer, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        *(sa.Column(name, NAME, nullable=False) for name in ("serial", "manufacturer", "product", "location")),
        sa.Column("candidates", sa.JSON, nullable=False),
        sa.Column("target", NAME, nullable=False),
        sa.Column("health", sa.Integer, nullable=False),
        sa.Column("health_reason", sa.Text, nullable=False),
        sa.Column("health_by_hub", sa.Boolean, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("chip_uid", NAME, nullable=False),
        sa.Column("chip_part", NAME, nullable=False),
        sa.Column("register_time", sa.Double),
        sa.Column("vmuid", ID, nullable=False),
        sa.Column("last_seen_time", sa.Double),
        sa.Column("retired", sa.Boolean, nullable=False),
    )
    op.create_table("aliases", sa.Column("alias", NAME, primary_key=True), _board_id(index=True))
    op.create_table(
        "labels",
        _board_id(primary_key=True),
        sa.Column("key", NAME, primary_key=True),
        sa.Column("value", NAME, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("lease_id", ID, primary_key=True),
        _board_id(),
        sa.Column("holder", NAME, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("grant_time", sa.Double, nullable=False),
        sa.Column("expire_time", sa.Double, nullable=False),
        sa.Column("end_time", sa.Double),
        sa.Column("end_reason", sa.String(16), nullable=False),
        sa.Column("request_id", NAME, unique=True),
        sa.Column("request_hash", HASH, nullable=False),
    )
    holds = sa.text("end_time IS NULL")
    op.create_index(
        "leases_one_holds_per_board", "leases", ["board_id"], unique=True, sqlite_where=holds, postgresql_where=holds
    )
    op.create_index("leases_board_fence", "leases", ["board_id", "fence"], unique=True)
    op.create_table(
        "jobs",
        sa.Column("job_id", ID, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        _board_id(),
        sa.Column("lease_id", ID, nullable=False),
        sa.Column("state", sa.Integer, nullable=False),
        sa.Column("create_time", sa.Double, nullable=False),
        sa.Column("end_time", sa.Double),
        *(sa.Column(name, sa.JSON) for name in ("failure", "result", "progress")),
        sa.Column("request_id", NAME, unique=True),
        sa.Column("request_hash", HASH, nullable=False),
    )
    op.create_index("jobs_board_time", "jobs", ["board_id", "create_time"])
    op.create_table(
        "job_events",
        sa.Column("job_id", ID, sa.ForeignKey("jobs.job_id"), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
    )
    op.create_table(
        "vms",
        sa.Column("vmuid", ID, primary_key=True),
        _board_id(index=True),
        *(sa.Column(name, NAME, nullable=False) for name in ("target", "chip_uid", "version", "rtos", "patch")),
        sa.Column("features", sa.JSON, nullable=False),
        sa.Column("image_sha256", HASH, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("parts", sa.JSON, nullable=False),
        sa.Column("create_time", sa.Double, nullable=False),
    )
    op.create_table(
        "blobs",
        sa.Column("sha256", HASH, primary_key=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("create_time", sa.Double, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("audit_id", sa.Integer, primary_key=True),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("caller", NAME, nullable=False),
        sa.Column("method", NAME, nullable=False),
        sa.Column("board", NAME, nullable=False),
        sa.Column("lease_id", ID, nullable=False),
        sa.Column("request_id", NAME, nullable=False),
        sa.Column("outcome", NAME, nullable=False),
    )
    op.create_index("audit_time", "audit", ["time"])
