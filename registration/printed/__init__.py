"""What is printed on a document or a paper, found among the lines that a machine read, and compared
with what the chip or the form says. Lines in, frozen dataclasses out; no picture, no database.
"""

from registration.printed.business import business as business
from registration.printed.compare import compare as compare
from registration.printed.compare import doubtful as doubtful
from registration.printed.compare import is_enough as is_enough
from registration.printed.compare import read as read
from registration.printed.compare import shown_span as shown_span
from registration.printed.compared import Compared as Compared
from registration.printed.compared import State as State
from registration.printed.day import shown_day as shown_day
from registration.printed.field import FIELDS as FIELDS
from registration.printed.field import PAGES as PAGES
