"""What is made in a child process, so that this one is left as it was."""

import os
from collections.abc import Callable
from multiprocessing.connection import Pipe
from typing import Any


def made_in_child(make: Callable[[], Any]) -> Any:
    """What a function gives in a child process, brought over by pickle; RuntimeError with the reason where it fails."""
    reader, writer = Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        reader.close()
        try:
            writer.send((make(), ""))
        except BaseException as error:  # noqa: BLE001 - told to the parent, which raises
            writer.send((None, f"{type(error).__name__}: {error}"))
        finally:
            os._exit(0)
    writer.close()
    try:
        made, why = reader.recv()
    except EOFError:
        made, why = None, "its process died"
    os.waitpid(child, 0)
    if why:
        raise RuntimeError(why)
    return made
