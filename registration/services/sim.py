"""The SIM card of an application: typed, scanned or read by the camera; the one that is packed with
the number, and no other live application's."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from portal.refusal import Refusal
from registration import barcode, imaging
from registration.models.application import Application
from registration.services import application as applications

# As the counter's page sends it; a web process decodes it while somebody waits.
MOST_PIXELS = 4_000_000
# Bars are thin: at this size a card that fills a third of the frame is still read.
LONGEST = 1600


class BadIccid(Refusal):
    text = _("SIM 卡号不对。")
    todo = _("请重新扫描 SIM 卡上的条码（19 或 20 位数字）。")


class OtherCard(Refusal):
    text = _("这张卡不是为这个号码备的。")
    todo = _("请扫与号码配套的那张 SIM 卡；找不到的，请换一个号码。")


class CardInUse(Refusal):
    text = _("这张 SIM 卡已经在另一张没有办完的受理单上。")
    todo = _("请换一张没有用过的 SIM 卡；那张受理单不办了的，请先放弃它。")


class NoBarcode(Refusal):
    status = 422
    text = _("没有读到 SIM 卡号。")
    todo = _("请把卡上的条码对准镜头、靠近并避开反光；还不行，请照卡面输入数字。")


class TwoCards(Refusal):
    status = 422
    text = _("画面里有两张 SIM 卡。")
    todo = _("请只留一张在镜头前。")


def scan(data: bytes) -> str:
    """The card's number on a frame of the counter's camera; nothing is kept. Raises NoBarcode,
    TwoCards."""
    try:
        header = imaging.inspect(data)
        if header.width * header.height > MOST_PIXELS:
            raise NoBarcode
        found = barcode.iccids(imaging.clean(data, longest=LONGEST).jpeg)
    except imaging.PictureError:
        raise NoBarcode from None
    if len(found) > 1:
        raise TwoCards
    if not found:
        raise NoBarcode
    return found[0]


def digits(iccid: str) -> str:
    """Raises BadIccid."""
    try:
        return barcode.digits(iccid)
    except ValueError:
        raise BadIccid from None


@transaction.atomic
def put(application: Application, iccid: str, *, now: datetime) -> None:
    """The SIM card's number, 19 or 20 digits with a Luhn check digit. Raises BadIccid, OtherCard,
    CardInUse, NotEditable."""
    card = digits(iccid)
    held = applications.lock(application)
    if held.reserved_iccid not in ("", card):
        raise OtherCard
    try:
        with transaction.atomic():
            applications.change(application, now, iccid=card)
    except IntegrityError:
        raise CardInUse from None
    applications.redone(application, "iccid", now=now)
