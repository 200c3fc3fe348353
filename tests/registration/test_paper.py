"""Documents without a readable chip, through the verbs: zone, sighted, whose they are."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from outlets.models import Outlet, Tier
from outlets.services import outlet as outlets
from portal.models import AuditEntry
from registration import flow, ocr, specimens
from registration.models import Application, Finding, Identity, OnlineCheck, Photo, Role, Trust
from registration.models.photo import label
from registration.services import check, darkroom, document, paper, photo, policy, slot
from registration.specimens import TRAVELLERS
from registration.stated import Paper
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TEMPORARY = {
    "name": "王样本",
    "number": PEOPLE["wang"].number,
    "valid_from": "2026-11-01",
    "valid_to": "2027-02-01",
    "issuer": "样本市公安局测试分局",
}


@pytest.fixture
def draft(cast: Cast) -> Application:
    """At the carrier's own hall."""
    return cast.draft(by=cast.hall_clerk, outlet=cast.hall)


def rules(application: Application, severity: str, cast: Cast) -> set[str]:
    judged = flow.judge(application, now=cast.now)
    return {verdict.rule.id for verdict in judged if verdict.severity == severity}


# The zone lane --------------------------------------------------------------------------


def test_a_passport_becomes_an_identity_of_its_zone(cast: Cast, draft: Application) -> None:
    identity = cast.travel(draft, "anna", name="样安娜").identity

    kept = Identity.objects.get(pk=identity.pk)
    assert (kept.lane, kept.trust, kept.card_type) == ("mrz", Trust.MRZ, "passport")
    assert (kept.card.name, kept.card.english_name) == ("样安娜", "SPECIMEN ANNA MARIA")
    assert (kept.card.number, kept.card.nationality) == ("L99890203", "UTO")
    assert (kept.card.valid_from, kept.card.valid_to) == (None, TRAVELLERS["anna"].valid_to)
    assert isinstance(kept.card, Paper)
    assert kept.card.typed == {"name", "address"}
    assert paper.is_as_captured(kept)


def test_without_a_chinese_name_the_zone_s_counts(cast: Cast, draft: Application) -> None:
    assert cast.travel(draft, "anna").identity.card.name == "SPECIMEN ANNA MARIA"


def test_taking_a_document_in_is_written_down_without_its_data(
    cast: Cast, draft: Application
) -> None:
    cast.travel(draft, "anna")

    entry = AuditEntry.objects.get(action="identity.captured")
    assert (entry.detail["kind"], entry.detail["lane"]) == ("passport", "mrz")
    assert "L99890203" not in str(entry.detail)


def test_nothing_is_taken_in_before_the_zone_was_read(cast: Cast, draft: Application) -> None:
    cast.choose(draft, "passport")
    cast.photo(draft, Photo.Kind.ID_FRONT, status=Photo.Status.RECEIVED)

    with pytest.raises(photo.NoZone):
        cast.state(draft)


def test_a_resident_card_is_never_typed(cast: Cast, draft: Application) -> None:
    with pytest.raises(paper.ReadByMachine):
        cast.state(draft, **TEMPORARY)

    assert not Identity.objects.exists()


def test_a_card_on_the_reader_takes_the_place_of_another_choice(
    cast: Cast, draft: Application
) -> None:
    cast.travel(draft, "anna")

    party = cast.read(draft, "hk")

    draft.refresh_from_db()
    assert draft.documents == {}
    assert list(draft.parties.all()) == [party]
    assert not draft.photos.current().exists()


def test_another_choice_sets_person_and_pictures_aside(cast: Cast, draft: Application) -> None:
    cast.travel(draft, "anna")

    cast.choose(draft, "hkm_permit")

    assert draft.documents == {"holder": "hkm_permit"}
    assert not draft.parties.exists()
    assert not draft.photos.current().exists()


def test_the_same_choice_again_changes_nothing(cast: Cast, draft: Application) -> None:
    party = cast.travel(draft, "anna")

    cast.choose(draft, "passport")

    assert list(draft.parties.all()) == [party]


# What a worker makes of the picture -----------------------------------------------------


def taken(cast: Cast, draft: Application, kind: str, picture: bytes) -> Photo:
    row = photo.receive(
        draft, kind, picture, source=Photo.Source.CAMERA, by=draft.clerk, now=cast.now
    )
    darkroom.develop(row, now=cast.now)
    row.refresh_from_db()
    return row


def test_a_worker_reads_the_zone_of_a_passport(cast: Cast, draft: Application) -> None:
    """The real recognition, on a specimen."""
    cast.choose(draft, "passport")
    anna = TRAVELLERS["anna"]

    row = taken(cast, draft, "id_front", specimens.data_page(anna))

    assert row.status == Photo.Status.READY
    assert row.mrz == "\n".join(anna.zone())


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ([], "机读区没有读出来"),
        ([line[::-1] for line in TRAVELLERS["anna"].zone()], "机读区"),
        ([line.replace("33", "34") for line in TRAVELLERS["anna"].zone()], "校验位不对"),
    ],
)
def test_a_page_whose_zone_cannot_be_read_is_to_be_taken_again(
    cast: Cast,
    draft: Application,
    monkeypatch: pytest.MonkeyPatch,
    texts: list[str],
    problem: str,
) -> None:
    monkeypatch.setattr(ocr, "lines", lambda jpeg: texts)
    cast.choose(draft, "passport")

    row = taken(cast, draft, "id_front", specimens.data_page(TRAVELLERS["anna"]))

    assert row.status == Photo.Status.REJECTED
    assert problem in row.problem
    assert row.mrz is None


def test_a_permit_of_taiwan_is_none_of_hong_kong(
    cast: Cast, draft: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    taiwan = TRAVELLERS["tw"]
    monkeypatch.setattr(ocr, "lines", lambda jpeg: list(taiwan.zone()))
    cast.choose(draft, "hkm_permit")

    row = taken(cast, draft, "id_back", specimens.permit_back(taiwan))

    assert row.problem.startswith("机读区不是所选证件的")


def test_a_chinese_passport_is_no_foreigner_s(
    cast: Cast, draft: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    chinese = replace(TRAVELLERS["anna"], nationality="CHN", number="EA9900001")
    monkeypatch.setattr(ocr, "lines", lambda jpeg: list(chinese.zone()))
    cast.choose(draft, "passport")

    row = taken(cast, draft, "id_front", specimens.data_page(chinese))

    assert row.problem.startswith("机读区不是所选证件的")


def test_the_front_of_a_permit_has_no_zone(cast: Cast, draft: Application) -> None:
    cast.choose(draft, "hkm_permit")

    row = taken(cast, draft, "id_front", specimens.permit_front(TRAVELLERS["hk"]))

    assert (row.status, row.mrz) == (Photo.Status.READY, None)


@pytest.mark.parametrize(("key", "stays"), [("anna", True), ("marco", False)])
def test_a_picture_of_another_passport_sends_its_owner_away(
    cast: Cast, draft: Application, monkeypatch: pytest.MonkeyPatch, key: str, stays: bool
) -> None:
    cast.travel(draft, "anna")
    monkeypatch.setattr(ocr, "lines", lambda jpeg: list(TRAVELLERS[key].zone()))

    taken(cast, draft, "id_front", specimens.data_page(TRAVELLERS[key]))

    assert draft.parties.exists() is stays


# The sighted lane -----------------------------------------------------------------------


def test_of_a_temporary_card_birth_and_sex_follow_from_the_number(
    cast: Cast, draft: Application
) -> None:
    cast.choose(draft, "temporary_id")

    card = cast.state(draft, **TEMPORARY).identity.card

    assert (str(card.birth_date), card.sex) == ("1990-03-14", "male")
    assert (str(card.valid_from), str(card.valid_to)) == ("2026-11-01", "2027-02-01")


def test_a_temporary_card_and_the_resident_card_are_one_person(
    cast: Cast, draft: Application
) -> None:
    cast.choose(draft, "temporary_id")
    typed = cast.state(draft, **TEMPORARY).identity

    read = cast.read(cast.draft(), "wang").identity

    assert typed.person_key == read.person_key


def test_a_typed_document_is_for_the_verifier_to_look_at(cast: Cast, draft: Application) -> None:
    cast.choose(draft, "temporary_id")
    cast.state(draft, **TEMPORARY)

    assert "CV-02S" in rules(draft, "review", cast)
    assert "CV-03N" not in rules(draft, "review", cast)


# Soldiers (scenario 11) -----------------------------------------------------------------

SOLDIER = {
    "form": "军官证",
    "number": "军字第9900001号",
    "name": "样军人",
    "sex": "male",
    "birth_date": "1990-01-01",
    "issuer": "样本部队",
}


def test_a_soldiers_private_number_asks_for_the_resident_card(
    cast: Cast, draft: Application
) -> None:
    cast.choose(draft, "military_id")
    cast.state(draft, purpose="private", **SOLDIER)

    found = [v for v in flow.judge(draft, now=cast.now) if v.rule.id == "PD-04"]

    assert [verdict.reason.todo for verdict in found] == ["请出示居民身份证。"]


def test_a_duty_number_needs_the_units_certificate_and_no_picture_of_the_card(
    cast: Cast, draft: Application
) -> None:
    cast.choose(draft, "military_id")
    cast.state(draft, purpose="official", **SOLDIER)

    draft.refresh_from_db()

    assert draft.photos_due == ("live", "unit_certificate")
    assert "PD-04" not in rules(draft, "block", cast)


def test_where_policy_wants_it_the_card_is_shot_all_the_same(
    cast: Cast, draft: Application
) -> None:
    policy.put(
        cast.province,
        "military.image",
        True,
        from_date=timezone.localdate(cast.now),
        reason="样本",
        by=cast.administrator,
        now=cast.now,
    )

    cast.choose(draft, "military_id")

    assert draft.photos_due == ("id_front", "live", "unit_certificate")
    assert label(draft, "id_front") == "证件正面"
    cast.choose(draft, "resident")
    assert draft.pictured == []


def test_a_soldier_who_goes_and_comes_back_has_one_place_for_his_card(
    cast: Cast, draft: Application
) -> None:
    cast.policy("military.image", True)
    cast.answer(draft, "proxy")
    cast.choose(draft, "military_id", role=Role.PROXY)
    cast.answer(draft, "self")

    cast.answer(draft, "proxy")

    assert draft.pictured == []
    assert len(draft.photos_due) == len(set(draft.photos_due))


# Where (PD-08, scenario 10) -------------------------------------------------------------


def test_a_passport_at_a_corner_shop_is_told_the_nearest_own_hall(cast: Cast) -> None:
    application = cast.draft()

    with pytest.raises(document.TierNotAllowed) as refused:
        cast.choose(application, "passport")

    assert "东区营业厅，示例省样本市测试路2号" in refused.value.todo
    assert application.documents == {}


def test_the_nearest_hall_is_the_one_below_the_closest_ancestor(cast: Cast) -> None:
    assert outlets.nearest(cast.outlet, (Tier.OWN_HALL,)) == cast.hall
    assert outlets.nearest(cast.sister, (Tier.OWN_HALL,)) == cast.hall
    assert outlets.nearest(cast.far_outlet, (Tier.OWN_HALL,)) == cast.hall


def test_a_hall_that_is_closed_is_no_place_to_send_anybody(cast: Cast) -> None:
    Outlet.objects.filter(pk=cast.hall.pk).update(status=Outlet.Status.SUSPENDED)

    with pytest.raises(document.NowhereAllowed):
        cast.choose(cast.draft(), "passport")


def test_a_chinese_passport_is_off_until_policy_allows_it(cast: Cast, draft: Application) -> None:
    with pytest.raises(document.NowhereAllowed):
        cast.choose(draft, "prc_passport")


def test_what_is_no_document_is_none(cast: Cast, draft: Application) -> None:
    with pytest.raises(document.NoSuchDocument):
        cast.choose(draft, "electronic_id")


def test_what_is_said_of_an_electronic_card_is_policy(cast: Cast, draft: Application) -> None:
    url = reverse("identity_documents", args=[draft.pk, "holder"])
    client = cast.signed_in(cast.hall_clerk)

    before = client.get(url).content.decode()
    cast.policy("electronic_id.tiers", ["own_hall"])

    assert "可以先凭它开单" not in before
    assert "可以先凭它开单" in client.get(url).content.decode()


# One person, two documents (NL-05, scenario 4) ------------------------------------------


def opened_before(cast: Cast, key: str, count: int, first: int) -> None:
    """So many earlier numbers of this person."""
    for place in range(count):
        earlier = cast.draft(by=cast.hall_clerk, outlet=cast.hall)
        earlier.submit_key = uuid.uuid4()
        slot.take_place(earlier, key)
        assert first + place


def test_three_numbers_on_the_permit_and_two_on_the_residence_card_are_five(
    cast: Cast, draft: Application
) -> None:
    permit = cast.travel(draft, "hk").identity
    card = cast.read(cast.draft(by=cast.hall_clerk, outlet=cast.hall), "hk").identity
    opened_before(cast, permit.person_key, 3, 1)
    opened_before(cast, card.person_key, 2, 4)

    assert permit.person_key == card.person_key
    assert "NL-01" in rules(draft, "block", cast)


def test_a_taiwan_permit_and_its_residence_card_are_one_person(
    cast: Cast, draft: Application
) -> None:
    permit = cast.travel(draft, "tw").identity
    card = cast.read(cast.draft(by=cast.hall_clerk, outlet=cast.hall), "tw").identity

    assert permit.person_key == card.person_key
    assert permit.number_index == card.link_index


# To the end -----------------------------------------------------------------------------


def finished(cast: Cast, draft: Application) -> Application:
    """Everything besides the document, handed in."""
    draft.refresh_from_db()
    cast.numbered(draft)
    for kind in draft.photos_due:
        if not draft.photos.current().filter(kind=kind).exists():
            cast.photo(draft, kind)
    cast.signed(draft)
    draft.refresh_from_db()
    application = flow.submit(draft, by=draft.clerk, key=uuid.uuid4(), now=cast.now)
    cast.compared(application)
    return application


def test_a_passport_is_approved_by_a_verifier_though_no_register_knows_it(
    cast: Cast, draft: Application
) -> None:
    cast.travel(draft, "anna")
    application = finished(cast, draft)

    flow.advance(application, now=cast.now)

    assert application.status == Application.Status.IN_REVIEW
    assert OnlineCheck.objects.get().result == OnlineCheck.Result.NO_REGISTER
    assert Finding.objects.filter(rule="CV-03N", severity="review").exists()
    assert flow.hindrance(application, now=cast.now) is None


def test_a_temporary_card_s_number_is_asked_of_the_register(cast: Cast, draft: Application) -> None:
    cast.choose(draft, "temporary_id")
    cast.state(draft, **(TEMPORARY | {"valid_from": "2026-01-01", "valid_to": "2099-01-01"}))

    application = finished(cast, draft)

    assert OnlineCheck.objects.get().result == OnlineCheck.Result.WAITING
    assert not check.all_match(application)


def test_an_expired_passport_stops_the_application(cast: Cast, draft: Application) -> None:
    cast.travel(draft, "anna")
    day_after = TRAVELLERS["anna"].valid_to + timedelta(days=1)
    cast.now = cast.now.replace(year=day_after.year, month=day_after.month, day=day_after.day)

    assert "PD-10" in rules(draft, "block", cast)


def test_who_changes_the_answers_keeps_the_document_of_who_is_still_due(
    cast: Cast, draft: Application
) -> None:
    cast.answer(draft, "proxy")
    cast.travel(draft, "anna")
    cast.travel(draft, "marco", Role.PROXY)

    cast.answer(draft, "self")

    draft.refresh_from_db()
    assert draft.documents == {"holder": "passport"}
    assert [party.role for party in draft.parties.all()] == [Role.HOLDER]
