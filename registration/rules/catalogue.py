"""Every row of the catalogue of requirements, and what in this product keeps it.

The registry is honest: what nothing keeps yet says so (``later``), and what this counter does not
have to keep says why (``why_not``). Names are held to the code by ``tests/test_docs.py``;
``manage.py rules --write`` prints them into docs/rules.md.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """What keeps a requirement: rules by id, constraints by name, code by dotted name (a file by
    its path). ``later``: what is still missing, and where it will be."""

    rules: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    later: str = ""
    why_not: str = ""

    @property
    def is_kept(self) -> bool:
        return bool(self.rules or self.constraints or self.code)


@dataclass(frozen=True)
class Row:
    id: str
    says: str
    kept_by: Kept


CAMPAIGN = "campaign (补登记), not intake"

SCOPE = (
    Row(
        "SC-01",
        "Opening a number is 入网: none opens without registration",
        Kept(
            rules=("SC-01", "SC-01A", "SC-01K", "CV-01"),
            constraints=(
                "what_left_the_counter_was_submitted",
                "one_live_application_per_sim_card",
            ),
            code=("registration.rules.service.SERVICES",),
        ),
    ),
    Row(
        "SC-02",
        "Reissue counts as 入网 where a province says so",
        Kept(rules=("SC-03",), code=("registration.rules.service.REISSUE_IS_REGISTRATION",)),
    ),
    Row(
        "SC-03",
        "An unregistered number is registered before other business",
        Kept(rules=("SC-03",), code=("registration.services.ownership.look_up",)),
    ),
    Row("SC-04", "The hotline is not restricted", Kept(why_not="hotline, not the counter")),
    Row("SC-05", "Numbers sold before 2013 and never activated", Kept(why_not=CAMPAIGN)),
    Row(
        "SC-06",
        "Registration is free of charge",
        Kept(why_not="an application has no price and no field for a fee"),
    ),
    Row(
        "SC-07",
        "Transfer: both holders are verified",
        Kept(
            rules=("SC-07", "SC-07S", "SC-07P", "SC-07T"),
            code=("registration.rules.service.TRANSFER",),
        ),
    ),
    Row(
        "SC-08",
        "Reissue: the card read is the registered person's",
        Kept(
            rules=("SC-08", "SC-08E", "SC-08H"),
            constraints=("ownership_is_asked_once_a_read",),
            code=("registration.rules.service.REISSUE",),
        ),
    ),
    Row(
        "SC-09",
        "Cancellation: use of the data stops",
        Kept(
            constraints=("a_quarantine_has_an_end",),
            code=("registration.rules.service.CANCEL",),
            later="the locked store for the data of ended service (RT-01, RT-02)",
        ),
    ),
    Row(
        "SC-10",
        "Points and self-service for registered users only",
        Kept(why_not="granted by the carrier's own systems after activation"),
    ),
)

PERSONAL = (
    Row(
        "PD-01",
        "A citizen shows a resident card, a temporary card or a household register",
        Kept(
            rules=("CV-01", "CV-02S"),
            constraints=("a_document_with_a_chip_is_never_typed",),
            code=("outlets.cards.resident.parse", "registration.rules.document.DOCUMENTS"),
        ),
    ),
    Row(
        "PD-02",
        "A household register is for minors, with the guardian",
        Kept(rules=("PD-02", "PD-02G"), code=("registration.rules.document.HOUSEHOLD_MAX_AGE",)),
    ),
    Row(
        "PD-03",
        "Soldiers and armed police show their own cards",
        Kept(
            rules=("CV-02S",),
            code=(
                "registration.rules.document.DOCUMENTS",
                "registration.rules.document.MILITARY_IMAGE",
            ),
        ),
    ),
    Row(
        "PD-04",
        "A soldier's private number: resident card",
        Kept(
            rules=("PD-04",),
            code=("registration.rules.document.MILITARY_PRIVATE_BY_RESIDENT_CARD",),
        ),
    ),
    Row(
        "PD-05",
        "Travel permits of Hong Kong, Macao and Taiwan",
        Kept(rules=("CV-02", "CV-03N"), code=("registration.rules.document.DOCUMENTS",)),
    ),
    Row(
        "PD-06",
        "Residence permits of Hong Kong, Macao and Taiwan residents, by their chip",
        Kept(rules=("PD-08",), code=("outlets.cards.permit.parse",)),
    ),
    Row(
        "PD-07",
        "A foreigner shows a passport or the permanent residence card",
        Kept(
            rules=("CV-02", "CV-03N"),
            code=("outlets.cards.foreigner.parse_2023", "registration.rules.document.DOCUMENTS"),
        ),
    ),
    Row(
        "PD-08",
        "Documents other than the resident card at own halls only",
        Kept(rules=("PD-08",)),
    ),
    Row(
        "PD-09",
        "Overseas citizens by their passport, off by default",
        Kept(rules=("PD-08",), code=("registration.rules.document.DOCUMENTS",)),
    ),
    Row("PD-10", "The document is in date", Kept(rules=("PD-10", "PD-10N", "PD-10V"))),
    Row(
        "PD-11",
        "An electronic ID on a phone is not an original",
        Kept(rules=("CV-01",), code=("outlets.services.envelope.verify",)),
    ),
    Row(
        "PD-12",
        "Fewer documents for self-service",
        Kept(why_not="self-service channels, not the counter"),
    ),
)

UNITS = (
    Row(
        "UD-01",
        "A unit's paper, its handler's card and its authorisation",
        Kept(rules=("UD-01", "UD-01L", "UD-01C", "UD-01P")),
    ),
    Row("UD-02", "Enterprise: licence, original or sealed copy", Kept(rules=("UD-02",))),
    Row("UD-03", "Public institution: certificate", Kept(rules=("UD-02", "UD-03"))),
    Row("UD-04", "Association: registration certificate", Kept(rules=("UD-02",))),
    Row(
        "UD-05",
        "Party, government, army: sealed introduction",
        Kept(rules=("UD-02", "UD-05"), constraints=("an_army_unit_has_its_level",)),
    ),
    Row(
        "UD-06",
        "Embassy or consulate: diplomatic note",
        Kept(rules=("UD-02", "UD-06"), constraints=("an_embassy_brings_a_dated_note",)),
    ),
    Row("UD-07", "Backfill of a unit's numbers", Kept(why_not=CAMPAIGN)),
    Row(
        "UD-08",
        "Each number has its user, an industry card its responsible person",
        Kept(
            rules=("UD-08", "UD-08M", "UD-08O", "UD-08U", "UD-07"),
            constraints=("a_unit_s_number_is_of_an_order",),
            later="industry cards and their responsible persons",
        ),
    ),
    Row("UD-09", "Units at own halls only", Kept(rules=("UD-09",))),
    Row(
        "UD-10",
        "The unified social credit code is preferred, and its check character fits",
        Kept(rules=("UD-10", "UD-10P"), code=("outlets.models.outlet.check_licence",)),
    ),
    Row(
        "UD-11",
        "Unit or individual as holder, chosen per product",
        Kept(
            code=("registration.rules.plan.HolderKind.takes",),
            later="services on numbers that a unit already has",
        ),
    ),
)

PROXIES = (
    Row(
        "PX-01",
        "Of a proxy and a principal both cards are shown, verified and registered",
        Kept(
            rules=("PX-01", "CV-03"),
            constraints=("one_party_per_role",),
            code=("registration.models.application.Application.roles_due",),
        ),
    ),
    Row(
        "PX-02",
        "The letter of authority states six points",
        Kept(
            rules=("PX-02", "PX-02P"),
            code=(
                "registration.models.application.LetterPoint",
                "registration.services.decision.LetterUnchecked",
                "registration.printed.compare",
            ),
        ),
    ),
    Row(
        "PX-03",
        "The letter has a term and a scope, and the principal's signature",
        Kept(
            rules=("PX-03T", "PX-03S", "PX-07L"),
            code=("registration.models.application.LetterPoint",),
        ),
    ),
    Row(
        "PX-04",
        "The proxy is a natural person, present, and photographed",
        Kept(
            rules=("PX-04", "CV-04", "CV-05F"),
            code=(
                "registration.models.application.Application.photos_due",
                "registration.services.face.compare",
            ),
        ),
    ),
    Row(
        "PX-05",
        "Backfill by a proxy, where the carrier allows it",
        Kept(rules=("SC-07P",), code=("registration.rules.service.BACKFILL_PROXY",)),
    ),
    Row("PX-06", "No proxy for a handler in backfill", Kept(why_not=CAMPAIGN)),
    Row(
        "PX-07",
        "Invented agency is illegal: a proxy of many is looked at",
        Kept(
            rules=("PX-07", "PX-07F", "PX-07P", "CV-01T"),
            code=("registration.services.reading.look",),
        ),
    ),
    Row(
        "PX-08",
        "For a child under 16 the legal representative acts",
        Kept(
            rules=(
                "PX-08",
                "PX-08R",
                "PX-08A",
                "PX-08P",
                "PX-08C",
                "PX-08T",
                "PX-08W",
                "CV-04",
            ),
            code=("registration.rules.plan.BY_GUARDIAN",),
        ),
    ),
    Row(
        "PX-09",
        "The ladder of ages",
        Kept(rules=("PX-08", "PX-09", "PX-09Y"), code=("registration.rules.plan.TEEN",)),
    ),
    Row(
        "PX-10",
        "Under 14: a parent's consent and rules of their own",
        Kept(rules=("PX-10", "PX-10G", "PX-10R"), code=("registration.rules.consent.due",)),
    ),
)

CAPTURE = (
    Row(
        "CV-01",
        "A card reader and the online check for every new user",
        Kept(
            rules=("CV-01", "CV-01R", "CV-01S", "CV-01H"),
            constraints=("a_read_counter_rises",),
            code=("outlets.services.envelope.verify", "registration.services.identity.take"),
        ),
    ),
    Row(
        "CV-02",
        "Data of an ID card are never typed",
        Kept(
            rules=("CV-02",),
            constraints=("trust_is_never_typed",),
            code=("registration.models.identity.IdentityQuerySet.update",),
        ),
    ),
    Row(
        "CV-03",
        "Only a match of the online check goes on",
        Kept(rules=("CV-03",), code=("registration.services.check.all_match",)),
    ),
    Row(
        "CV-04",
        "A photo of the person at the counter, from a live camera",
        Kept(
            rules=("CV-04", "CV-04D", "CV-04G", "CV-04P", "CV-04R", "CV-04S", "CV-04L"),
            constraints=("a_live_photo_comes_from_a_camera",),
            code=(
                "registration.services.photo.CameraOnly",
                "registration.services.likeness.find",
                "registration.services.presence.is_of_card",
                "registration.screen.share",
            ),
        ),
    ),
    Row(
        "CV-05",
        "Faces are compared; below the threshold nothing opens by itself",
        Kept(
            rules=("CV-05", "CV-05F", "PI-02", "PI-03"),
            constraints=("a_score_names_engine_and_threshold",),
            code=("registration.services.face.compare",),
        ),
    ),
    Row("CV-06", "Live video online", Kept(why_not="network channel, out of scope")),
    Row(
        "CV-07",
        "Kind, name, number and address are registered, and no ethnicity or fingerprints",
        Kept(
            rules=("CV-07P", "CV-07U"),
            code=("outlets.cards.kinds.Card", "registration.services.text.compared"),
            later="the chip's block is kept whole, enciphered, and the ethnicity with it",
        ),
    ),
    Row(
        "CV-08",
        "A copy of an ID names the operator, the purpose and the date",
        Kept(
            code=(
                "registration.services.darkroom.watermark_lines",
                "registration.marks.watermark",
            )
        ),
    ),
    Row(
        "CV-09",
        "A signed fraud warning in re-authentication",
        Kept(rules=("CV-09",), constraints=("a_consent_names_its_text",)),
    ),
    Row(
        "CV-10",
        "The contract forbids resale, and is signed",
        Kept(
            rules=("CV-10", "CV-10C"),
            constraints=("each_consent_is_answered_once", "a_consent_names_its_text"),
        ),
    ),
    Row(
        "CV-11",
        "What cannot be sent waits, enciphered; the number is inert until approval",
        Kept(code=("static/js/keep.js", "registration.flow.settle")),
    ),
    Row(
        "CV-12",
        "Another way for those who cannot do it",
        Kept(
            rules=("CV-12", "CV-12S", "CV-12T"),
            constraints=("help_has_a_reason_and_a_witness",),
            code=("registration.services.assist.begin",),
        ),
    ),
)

REFUSAL = (
    Row(
        "RF-01",
        "The four grounds of refusal",
        Kept(
            constraints=(
                "nobody_is_sent_away_without_a_reason",
                "a_return_or_refusal_has_a_reason",
            ),
            code=(
                "registration.services.turndown",
                "registration.models.decision.Decision.REFUSALS",
            ),
        ),
    ),
    Row(
        "RF-02",
        "Unknown identity: no service, whoever asks",
        Kept(rules=("CV-03",), code=("registration.flow.hindrance",)),
    ),
    Row(
        "RF-03",
        "A forged document found later goes to the authorities",
        Kept(
            constraints=("only_what_came_to_nothing_is_erased",),
            code=("registration.services.turndown", "registration.services.appeal.decide"),
            later="the referral itself, for a line that is open already, and the end of a hold that"
            " nobody appealed against",
        ),
    ),
    Row(
        "RF-04",
        "Abnormal applications are looked at, or refused",
        Kept(rules=("CV-01R", "CV-01S", "CV-01H", "CV-01T")),
    ),
    Row(
        "RF-05",
        "People on the list of joint sanctions",
        Kept(later="the list has no interface that is published"),
    ),
    Row(
        "RF-06",
        "A restriction states its reason, the remedy and the papers; it can be appealed",
        Kept(
            constraints=(
                "nobody_is_sent_away_without_a_reason",
                "one_open_appeal_per_application",
                "an_appeal_is_answered_whole_or_not_at_all",
            ),
            code=("registration.views.turndown.notice", "registration.services.appeal"),
        ),
    ),
    Row(
        "RF-07",
        "Data of refused attempts are deleted",
        Kept(
            constraints=("only_what_came_to_nothing_is_erased",),
            code=(
                "registration.services.erasure.erase",
                "registration.services.photo.forget_originals",
            ),
        ),
    ),
)

LIMITS = (
    Row(
        "NL-01",
        "Five active numbers a person and carrier",
        Kept(
            rules=("NL-01",),
            constraints=("five_lines_per_person_place", "a_person_has_five_places"),
            code=("registration.services.slot.take_place",),
        ),
    ),
    Row("NL-02", "Re-verify users with five cards or more", Kept(why_not=CAMPAIGN)),
    Row("NL-03", "Ten prepaid and five postpaid", Kept(why_not="superseded in 2016 (C-01)")),
    Row("NL-04", "Review of more than five in a province", Kept(why_not="a review of 2015")),
    Row(
        "NL-05",
        "People are counted, not documents",
        Kept(
            rules=("NL-01",),
            code=("portal.services.person.key", "registration.rules.number.of_person"),
        ),
    ),
    Row(
        "NL-06",
        "Users may ask for the numbers in their name, and dispute one",
        Kept(why_not="after-sales service (一证通查), not intake"),
    ),
    Row("NL-07", "Cards of high risk are verified again", Kept(why_not=CAMPAIGN)),
    Row(
        "NL-08",
        "Local signals of risk",
        Kept(
            rules=("CV-01H", "CV-01T", "NL-08B", "NL-08C"),
            later="signals of use, which only the carrier has",
        ),
    ),
)

# The documents of the data dictionary (REGULATION.md, section 2).
DOCUMENTS = (
    Row(
        "居民身份证",
        "GB 11643, read from the chip; good for as long as the age at its issue gives",
        Kept(rules=("CV-02", "PD-10V"), code=("outlets.cards.resident.parse",)),
    ),
    Row(
        "临时居民身份证",
        "GB 11643, no chip, three months",
        Kept(rules=("CV-02", "CV-02S", "PD-10V"), code=("registration.rules.document.DOCUMENTS",)),
    ),
    Row(
        "户口簿",
        "The person's page, with the guardian",
        Kept(rules=("PD-02", "PD-02G", "CV-02S"), code=("registration.rules.document.DOCUMENTS",)),
    ),
    Row(
        "军人、武警证件",
        "Free text, no image by default",
        Kept(rules=("PD-04", "CV-02S"), code=("registration.rules.document.DOCUMENTS",)),
    ),
    Row(
        "港澳居民来往内地通行证",
        "H or M and eight digits",
        Kept(rules=("CV-02",), code=("registration.rules.number.wrong_with",)),
    ),
    Row(
        "台湾居民来往大陆通行证",
        "Eight digits",
        Kept(rules=("CV-02",), code=("registration.rules.number.wrong_with",)),
    ),
    Row(
        "港澳台居民居住证",
        "81, 82 or 83, GB 11643; the permit's number is in the chip",
        Kept(rules=("CV-02",), code=("outlets.cards.permit.parse",)),
    ),
    Row(
        "外国人永久居留身份证（2017）",
        "Three letters and twelve digits",
        Kept(rules=("CV-02",), code=("outlets.cards.foreigner.parse_2017",)),
    ),
    Row(
        "外国人永久居留身份证（2023）",
        "9 and seventeen more, MOD 11-2",
        Kept(rules=("CV-02",), code=("outlets.cards.foreigner.parse_2023",)),
    ),
    Row(
        "外国公民护照",
        "ICAO 9303 machine-readable zone",
        Kept(rules=("CV-02", "CV-03N"), code=("registration.mrz.find",)),
    ),
    Row(
        "统一社会信用代码",
        "GB 32100, 18 characters",
        Kept(rules=("UD-10", "UD-10P"), code=("outlets.models.outlet.check_licence",)),
    ),
    Row(
        "组织机构代码",
        "Legacy, eight characters and a check",
        Kept(rules=("UD-10",), code=("registration.rules.unit_kind.organisation_check",)),
    ),
    Row(
        "营业执照注册号",
        "Legacy, 15 digits",
        Kept(rules=("UD-10",), code=("registration.rules.unit_kind.is_legacy",)),
    ),
    Row(
        "事业单位、社会团体证书",
        "A number and the credit code",
        Kept(rules=("UD-02", "UD-03", "UD-10")),
    ),
    Row(
        "介绍信、照会",
        "Issuer, date, seal",
        Kept(rules=("UD-02", "UD-06"), later="the date of an introduction"),
    ),
)

SECTIONS = {
    "1A Scope and principal events": SCOPE,
    "1B Personal documents": PERSONAL,
    "1C Unit documents": UNITS,
    "1D Proxy, guardians, handlers": PROXIES,
    "1E Capture and verification": CAPTURE,
    "1F Refusal": REFUSAL,
    "1G Number limits and risk": LIMITS,
    "Documents": DOCUMENTS,
}
ROWS = tuple(row for rows in SECTIONS.values() for row in rows)
