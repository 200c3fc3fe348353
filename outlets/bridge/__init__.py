"""The program on the counter PC: it reads a card and signs what it read.

Imports no Django and nothing of the portal: it runs alone, far from the servers. A frame or a
person's data is held in memory for as long as one read takes; it is never written to disk or to
a log.
"""

from typing import Final

# Goes into every signed read, so that the portal knows which program said so.
AGENT: Final = "0.1.0"
