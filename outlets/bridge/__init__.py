"""The program on the counter PC: it reads a card and signs what it read.

Imports no Django and nothing of the portal: it runs alone, far from the servers. A frame or a
person's data is held in memory for as long as one read takes; it is never written to disk or to
a log.
"""

import sys
from pathlib import Path
from typing import Final

# Goes into every signed read, so that the portal knows which program said so.
AGENT: Final = "0.2.0"

_STARTED: Final = Path(sys.argv[0]) if sys.argv else Path()
# How this program is called on this PC, for sentences that tell people what to type.
COMMAND: Final = (
    f"python {_STARTED.name}" if _STARTED.suffix == ".pyz" else "python -m outlets.bridge"
)
