"""Where the sources disagree: which policy of a carrier or province decides it, and its default."""

from dataclasses import dataclass

from registration.rules.catalogue import CAMPAIGN


@dataclass(frozen=True)
class Conflict:
    """Two sources that disagree. ``policy``: the keys, with a space between, that decide it; the
    rules that ask them. ``why_not``: why no policy of the intake decides it."""

    id: str
    says: str
    default: str
    policy: str = ""
    rules: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def policies(self) -> tuple[str, ...]:
        return tuple(self.policy.split())


CONFLICTS = (
    Conflict(
        "C-01", "5 postpaid and 10 prepaid, or 5 in all", "5 in all", "limit.mobile", ("NL-01",)
    ),
    Conflict(
        "C-02",
        "5 a carrier, 10 in all, or 10 for industry cards",
        "10 industry cards",
        why_not="no industry card is taken in here yet",
    ),
    Conflict(
        "C-03", "Two notices, two deadlines of backfill", "the stricter one", why_not=CAMPAIGN
    ),
    Conflict(
        "C-04",
        "Backfill by a proxy: yes or no",
        "per carrier",
        "backfill.proxy_allowed",
        ("SC-07P",),
    ),
    Conflict("C-05", "15, 17 or 47 days from single to full stop", "15 days", why_not=CAMPAIGN),
    Conflict("C-06", "What a stopped number may still do", "receive", why_not=CAMPAIGN),
    Conflict(
        "C-07",
        "How long a cancelled number rests",
        "6 months",
        "number.quarantine_months",
    ),
    Conflict(
        "C-08",
        "Self-check from time to time, or yearly",
        "yearly",
        why_not="supervision of outlets, not intake",
    ),
    Conflict(
        "C-09",
        "Guardian below 16, 10 or 8",
        "below 16 a guardian; 16 and 17 with consent",
        "minor.guardian_age minor.youngest_age minor.teen_alone",
        ("PX-08", "PX-09", "PX-09Y"),
    ),
    Conflict(
        "C-10", "One paper of a unit, or two", "the stricter list", "unit.strict_papers", ("UD-03",)
    ),
    Conflict(
        "C-11",
        "A soldier's private number: military or resident card",
        "resident card",
        "military.private_by_resident_card",
        ("PD-04",),
    ),
    Conflict(
        "C-12",
        "A photo instead of a reader",
        "never",
        why_not="never here: CV-01 and CV-02 are firm",
    ),
    Conflict(
        "C-13",
        "Faces: compulsory, or by consent",
        "by consent; without it people look",
        "face.refusal_tiers",
        ("CV-05", "PI-03"),
    ),
    Conflict("C-14", "An electronic ID, or the original", "original", "electronic_id.tiers"),
    Conflict(
        "C-15",
        "Records of messages for 5 months or longer",
        "at least 5",
        why_not="the text message service, not intake",
    ),
    Conflict(
        "C-16",
        "Is a reissue 入网",
        "yes",
        "reissue.is_registration reissue.tiers",
        ("SC-03", "SC-08H"),
    ),
    Conflict(
        "C-17",
        "Three laws, three fines",
        "the highest is shown",
        why_not="penalties, no automation",
    ),
    Conflict("C-18", "Keep for 2 years, or delete", "refused: 30 days", "retention.refused_days"),
    Conflict("C-19", "Old users: unaffected, or stopped", "by date", why_not=CAMPAIGN),
    Conflict(
        "C-20",
        "A law's articles get other numbers",
        "each article has its dates",
        why_not="decided by the dates in rules/law.py",
    ),
)
