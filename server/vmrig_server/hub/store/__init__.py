# SPDX-License-Identifier: Apache-2.0
"""The hub's memory: a database and content-addressed files."""

from vmrig_server.hub.store.blobs import Blobs
from vmrig_server.hub.store.engine import Store, sqlite_url

__all__ = ["Blobs", "Store", "sqlite_url"]
