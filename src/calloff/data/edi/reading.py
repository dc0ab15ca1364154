"""All messages of a file, whatever their format."""

from __future__ import annotations

from calloff.data.edi.faults import HOPELESS, TooManyProblemsError
from calloff.data.edi.idoc import read_idoc
from calloff.data.edi.interchange import read_edifact
from calloff.data.edi.messages import Messages
from calloff.data.edi.recognition import edi_format
from calloff.data.edi.schedules import Schedules
from calloff.data.edi.transactions import read_x12
from calloff.data.edi.vda4905 import read_vda4905
from calloff.texts.errors import Problem, fail

READERS = {"edifact": read_edifact, "x12": read_x12, "vda4905": read_vda4905, "idoc": read_idoc}


def read_messages(content: bytes) -> Schedules:
    """Read all delivery schedules of a file.

    Args:
        content: the file.

    Returns:
        What was read, and why some of its messages were not.

    Raises:
        CalloffError: with all problems, where no message could be read.
    """
    form = edi_format(content)
    if not form:
        raise fail("edi.unknown")
    messages = Messages()
    try:
        READERS[form](content, messages)
    except TooManyProblemsError:
        messages.problems.insert(0, Problem("edi.too_many", facts={"count": HOPELESS}))
    return messages.result()
