"""Pictures of people and papers that do not exist, for the demo and the tests.

Drawn, never photographed: a stylised card, a cartoon face that is the same on the card and at the
counter, a licence, letters of authority, a signature. Every one says SPECIMEN 样本. The same person
gives the same bytes.
"""

from registration.specimens.card import id_back as id_back
from registration.specimens.card import id_front as id_front
from registration.specimens.face import bust as bust
from registration.specimens.face import live_photo as live_photo
from registration.specimens.misprint import misprinted as misprinted
from registration.specimens.paper import Size as Size
from registration.specimens.stranger import stranger as stranger
from registration.specimens.travel import data_page as data_page
from registration.specimens.travel import permit_back as permit_back
from registration.specimens.travel import permit_front as permit_front
from registration.specimens.traveller import TRAVELLERS as TRAVELLERS
from registration.specimens.traveller import Traveller as Traveller
from registration.specimens.unit import licence as licence
from registration.specimens.unit import unit_letter as unit_letter
from registration.specimens.writing import guardianship as guardianship
from registration.specimens.writing import letter as letter
from registration.specimens.writing import mark as mark
from registration.specimens.writing import receipt as receipt
from registration.specimens.writing import signature as signature
