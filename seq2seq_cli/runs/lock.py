"""One trainer a run: a lock that the system takes back when its holder dies."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from seq2seq_cli.errors import OutputError, RunError

_PATIENCE = 0.2  # seconds, in which a glance of `is_held` at the lock is over
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What file systems answer that have no locks, as some in a network."""


class RunLock:
    """The right to train a run, which one process has at a time.

    It is the system's lock on the file `lock`, not the file itself: whatever ends the process, kill -9 too,
    frees it, and a file that is left behind or copied keeps nobody off. Inside the file stands the process id
    of the last holder. Where the file system has no locks, filelock puts a file in their place, or else
    there is none.

    Args:
        folder: the run's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "lock"
        # Whichever thread ends a training gives the lock back, so it is the object's and not the thread's.
        self._lock: BaseFileLock = FileLock(self._path, timeout=_PATIENCE, thread_local=False)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; who has it already, by this object, may enter again.

        Raises:
            RunError: another process, or another object in this one, has it.
            OutputError: the file cannot be written.
        """
        try:
            self._lock.acquire()
        except Timeout:
            raise RunError(
                f"{self._folder} is being trained by another process{self._holder()}.",
                "Wait for it, stop it, or give this training another name with --run.",
            ) from None
        except NotImplementedError:  # what an older filelock makes of ENOSYS
            pass
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise OutputError(f"Cannot lock {self._path}: {error.strerror or error}.") from error
        if not isinstance(self._lock, SoftFileLock):  # that one needs the file for itself
            with suppress(OSError):  # it helps people alone: a full disk, say, must not stop them here
                self._path.write_text(f"{os.getpid()}\n", encoding="utf-8")
        try:
            yield
        finally:
            self._lock.release()

    def is_held(self) -> bool:
        """Tell whether somebody trains the run; nothing is written. False where nobody can know."""
        if not self._path.is_file():
            return False
        try:
            with FileLock(self._path, timeout=0, thread_local=False):
                return False
        except Timeout:
            return True
        except (OSError, NotImplementedError):
            return False

    def _holder(self) -> str:
        """Return the holder's process id in brackets, or nothing where it cannot be read."""
        try:
            return f" ({int(self._path.read_text(encoding='utf-8').split()[0])})"
        except (OSError, ValueError, IndexError):
            return ""
