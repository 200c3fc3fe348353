"""The machine-readable zone of travel documents (ICAO Doc 9303): text in, frozen dataclass out.

TD3 (passports, two lines of 44) after part 4, TD1 (cards, three lines of 30) after part 5. Whatever
the text, nothing but MrzError is raised, and its text never holds what the zone says.

No library: the one kept on PyPI (mrz) is under the GPL.
"""

from registration.mrz.build import td1 as td1
from registration.mrz.build import td3 as td3
from registration.mrz.find import find as find
from registration.mrz.zone import FORMATS as FORMATS
from registration.mrz.zone import Mrz as Mrz
from registration.mrz.zone import MrzError as MrzError
from registration.mrz.zone import parse as parse
