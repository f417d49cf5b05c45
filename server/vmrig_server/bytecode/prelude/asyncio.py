# SPDX-License-Identifier: Apache-2.0
"""asyncio: tasks that wait beside each other in one thread. As CPython 3.11's, without streams, processes and files; and MicroPython's sleep_ms()
and ThreadSafeFlag. A program has what it names."""

TimeoutError = TimeoutError
from _asyncio_core import AbstractEventLoop
from _asyncio_core import CancelledError
from _asyncio_core import EventLoop
from _asyncio_core import Future
from _asyncio_core import Handle
from _asyncio_core import InvalidStateError
from _asyncio_core import Task
from _asyncio_core import TimerHandle
from _asyncio_core import all_tasks
from _asyncio_core import create_task
from _asyncio_core import current_task
from _asyncio_core import ensure_future
from _asyncio_core import get_event_loop
from _asyncio_core import get_running_loop
from _asyncio_core import iscoroutine
from _asyncio_core import isfuture
from _asyncio_core import new_event_loop
from _asyncio_core import run
from _asyncio_core import set_event_loop
from _asyncio_core import sleep
from _asyncio_core import sleep_ms
from _asyncio_groups import TaskGroup
from _asyncio_sync import BoundedSemaphore
from _asyncio_sync import Condition
from _asyncio_sync import Event
from _asyncio_sync import LifoQueue
from _asyncio_sync import Lock
from _asyncio_sync import PriorityQueue
from _asyncio_sync import Queue
from _asyncio_sync import QueueEmpty
from _asyncio_sync import QueueFull
from _asyncio_sync import Semaphore
from _asyncio_sync import ThreadSafeFlag
from _asyncio_tasks import ALL_COMPLETED
from _asyncio_tasks import FIRST_COMPLETED
from _asyncio_tasks import FIRST_EXCEPTION
from _asyncio_tasks import Timeout
from _asyncio_tasks import as_completed
from _asyncio_tasks import gather
from _asyncio_tasks import shield
from _asyncio_tasks import timeout
from _asyncio_tasks import timeout_at
from _asyncio_tasks import to_thread
from _asyncio_tasks import wait
from _asyncio_tasks import wait_for
from _asyncio_tasks import wait_for_ms
