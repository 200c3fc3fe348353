"""Outlets from a file: a dry run that names every bad row, then all of them or none."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outlets.models import Channel, Outlet, Tier
from outlets.services import channel as channels
from outlets.services import importing, table
from outlets.services import outlet as outlets
from outlets.services.columns import COLUMNS, TITLES
from portal.models import AuditEntry
from tests.cast import Cast
from tests.outlets.places import visitors

GOOD = {
    "上级编码": "A1E",
    "名称": "样本甲店",
    "编码": "A1E101",
    "渠道类型": "末梢渠道",
    "代理商编码": "DLA1E101",
    "地址": "示例省样本市测试路10号",
}
LEAVE = {"授权人": "甲省公司渠道部", "授权日期": "2026-01-05", "授权文件号": "授字〔2026〕001号"}


def row(serial: int = 1, **changes: str) -> dict[str, str]:
    return GOOD | {"编码": f"A1E{100 + serial}", "代理商编码": f"DLA1E{100 + serial}"} | changes


def sheet(*rows: dict[str, str], titles: tuple[str, ...] = TITLES) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, titles, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def plan(cast: Cast, *rows: dict[str, str]) -> importing.Plan:
    return importing.plan(sheet(*rows), by=cast.manager, now=cast.now)


def found(cast: Cast, *rows: dict[str, str]) -> list[tuple[int, str]]:
    """Where the problems are."""
    return [(problem.row, problem.column) for problem in plan(cast, *rows).problems]


# ---------------------------------------------------------------- good rows


def test_a_dry_run_changes_nothing(cast: Cast) -> None:
    before = (Outlet.objects.count(), AuditEntry.objects.count())

    dry = plan(cast, row(1), row(2, 渠道类型="agent_point"))

    assert (dry.total, dry.problems) == (2, [])
    assert dry.tiers == {"特约代理点": 1, "末梢渠道": 1}
    assert (Outlet.objects.count(), AuditEntry.objects.count()) == before


def test_an_import_makes_what_the_file_says(cast: Cast) -> None:
    full = row(1, 营业执照号="9133TEST", 开门="8:30", 关门="22：00", **LEAVE)

    number = importing.run(sheet(full), by=cast.manager, now=cast.now)

    made = Outlet.objects.select_related("channel").get(agent_code="DLA1E101")
    assert number == 1
    assert (made.channel.name, made.channel.code, made.tier) == (
        "样本甲店",
        "A1E101",
        Tier.ENDPOINT,
    )
    assert (f"{made.opens_at:%H:%M}", f"{made.closes_at:%H:%M}") == ("08:30", "22:00")
    assert (made.is_authorised, made.is_sub_agent, made.status) == (True, False, "open")
    assert Channel.objects.get_parent(made.channel) == cast.district
    assert AuditEntry.objects.get(action="outlet.added", subject_id=made.pk).actor == cast.manager


def test_what_is_left_out_takes_its_default(cast: Cast) -> None:
    short = tuple(column.title for column in COLUMNS if column.required)

    importing.run(sheet(row(1), titles=short), by=cast.manager, now=cast.now)

    made = Outlet.objects.get(agent_code="DLA1E101")
    assert (f"{made.opens_at:%H:%M}", f"{made.closes_at:%H:%M}", made.licence) == (
        "09:00",
        "21:00",
        "",
    )


def test_the_tree_stays_whole_after_an_import(cast: Cast) -> None:
    rows = [row(serial) for serial in range(5)]
    rows += [row(9, 上级编码="A1E100", **LEAVE), row(8, 上级编码="A1E109", **LEAVE)]

    importing.run(sheet(*reversed(rows)), by=cast.manager, now=cast.now)
    later = channels.add(
        cast.district, kind="outlet", name="后来的店", code="LATER", by=None, now=cast.now
    )

    assert Channel.objects.find_problems() == ([], [], [], [], [])
    assert Channel.objects.get_parent(later) == cast.district
    deepest = Outlet.objects.select_related("channel").get(agent_code="DLA1E108")
    assert deepest.is_sub_agent
    assert Channel.objects.get_parent(deepest.channel).code == "A1E109"


def test_full_width_letters_and_slashes_in_dates_are_understood(cast: Cast) -> None:
    full = row(1, 编码="Ａ１Ｅ１０１", **(LEAVE | {"授权日期": "2026/1/5"}))

    assert plan(cast, full).problems == []


# ---------------------------------------------------------------- bad rows


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"上级编码": ""}, "上级编码"),
        ({"上级编码": "NOWHERE"}, "上级编码"),
        ({"上级编码": "A1W"}, "上级编码"),
        ({"上级编码": "A1E101"}, "上级编码"),
        ({"名称": ""}, "名称"),
        ({"名称": "店" * 81}, "名称"),
        ({"编码": ""}, "编码"),
        ({"编码": "有汉字"}, "编码"),
        ({"编码": "=1+1"}, "编码"),
        ({"编码": "A" * 21}, "编码"),
        ({"编码": "A1E001"}, "编码"),
        ({"编码": "B001"}, "编码"),
        ({"代理商编码": "DLA1E001"}, "代理商编码"),
        ({"代理商编码": ""}, "代理商编码"),
        ({"渠道类型": "小卖部"}, "渠道类型"),
        ({"渠道类型": ""}, "渠道类型"),
        ({"地址": ""}, "地址"),
        ({"地址": "路" * 201}, "地址"),
        ({"营业执照号": "9" * 31}, "营业执照号"),
        ({"开门": "九点"}, "开门"),
        ({"开门": "25:00"}, "开门"),
        ({"开门": "22:00"}, "关门"),
        ({"关门": "09:00"}, "关门"),
        ({"授权人": "甲省公司"}, "授权人"),
        ({"授权日期": "2026-02-30"}, "授权日期"),
        (LEAVE | {"授权日期": "2999-01-01"}, "授权日期"),
        ({"上级编码": "A1E001"}, "授权人"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(
    cast: Cast, changes: dict[str, str], column: str
) -> None:
    assert (3, column) in found(cast, row(7), row(1, **changes))
    assert all(number == 3 for number, _column in found(cast, row(7), row(1, **changes)))


def test_every_problem_of_every_row_is_listed(cast: Cast) -> None:
    rows = [row(1, 名称="", 地址=""), row(2), row(3, 渠道类型="小卖部", 上级编码="NOWHERE")]

    assert found(cast, *rows) == [(2, "名称"), (2, "地址"), (4, "上级编码"), (4, "渠道类型")]


def test_codes_that_repeat_within_the_file_are_named_with_the_first_row(cast: Cast) -> None:
    problems = plan(
        cast, row(1), row(2), row(1, 代理商编码="DL9"), row(4, 代理商编码="DL9")
    ).problems

    assert [(one.row, one.column, one.value) for one in problems] == [
        (4, "编码", "A1E101"),
        (5, "代理商编码", "DL9"),
    ]
    assert "第 2 行" in problems[0].reason


def test_a_parent_out_of_sight_is_as_one_that_does_not_exist(cast: Cast) -> None:
    problems = plan(cast, row(1, 上级编码="A1W"), row(2, 上级编码="NOWHERE")).problems

    assert problems[0].reason == problems[1].reason


def test_outlets_do_not_hang_directly_below_the_head_office(cast: Cast) -> None:
    text = sheet(row(1, 上级编码="HQ"))

    problems = importing.plan(text, by=cast.head_manager, now=cast.now).problems

    assert [problem.column for problem in problems] == ["上级编码"]


def test_a_closed_outlet_takes_no_sub_agent(cast: Cast) -> None:
    outlets.close(cast.outlet, reason="租约到期", by=cast.manager, now=cast.now)

    assert found(cast, row(1, 上级编码="A1E001", **LEAVE)) == [(2, "上级编码")]


def test_rows_that_are_each_others_parent_are_named(cast: Cast) -> None:
    rows = [row(1, 上级编码="A1E102", **LEAVE), row(2, 上级编码="A1E101", **LEAVE), row(3)]

    assert found(cast, *rows) == [(2, "上级编码"), (3, "上级编码")]


def test_rows_below_too_many_others_are_named(cast: Cast) -> None:
    rows = [row(0)]
    rows += [row(n, 上级编码=f"A1E{99 + n}", **LEAVE) for n in range(1, channels.DEEPEST)]

    numbers = {number for number, _column in found(cast, *rows)}

    fits = channels.DEEPEST - cast.district.depth
    assert numbers == set(range(2 + fits, 2 + len(rows)))


def test_a_row_with_too_many_cells_is_named(cast: Cast) -> None:
    text = f"{','.join(GOOD)}\r\nA1E,样本甲店,A1E101,末梢渠道,DL101,测试路1号,二楼\r\n"

    problems = importing.plan(text, by=cast.manager, now=cast.now).problems

    assert [(problem.row, problem.column) for problem in problems] == [(2, "")]
    assert "多出 1 格" in problems[0].reason


def test_blank_rows_are_counted_but_not_read(cast: Cast) -> None:
    blank = dict.fromkeys(TITLES, " ")

    dry = plan(cast, row(1), blank, blank, row(2, 名称=""))

    assert dry.total == 2
    assert [problem.row for problem in dry.problems] == [5]


def test_one_bad_row_keeps_all_the_others_out(cast: Cast) -> None:
    before = Outlet.objects.count()

    with pytest.raises(importing.BadRows):
        importing.run(sheet(row(1), row(2, 名称="")), by=cast.manager, now=cast.now)

    assert Outlet.objects.count() == before


def test_an_import_costs_few_queries_a_row(cast: Cast) -> None:
    text = sheet(*(row(serial) for serial in range(200)))

    with CaptureQueriesContext(connection) as dry:
        importing.plan(text, by=cast.manager, now=cast.now)
    with CaptureQueriesContext(connection) as wet:
        importing.run(text, by=cast.manager, now=cast.now)

    # The dry run asks for parents and taken codes; the import adds one audit entry a row.
    assert len(dry) == 3
    assert len(wet) < 200 + 25


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空"),
        (b" \r\n ", "空"),
        (b"\xef\xbb\xbf", "空"),
        (b"\xef\xbb\xbf,,,\r\n", "空"),
        (sheet().encode(), "空"),
        (b"PK\x03\x04rest of a spreadsheet", "不是 CSV"),
        (b"\xd0\xcf\x11\xe0 an old spreadsheet", "不是 CSV"),
        (b"%PDF-1.7", "不是 CSV"),
        (b"a\0b", "不是 CSV"),
        (sheet(row(1)).encode("utf-16"), "编码"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 20, "编码"),
        ("名称,编码\r\n店,1\r\n".encode(), "缺少 上级编码"),
        (sheet(row(1), titles=(*TITLES, "备注")).encode(), "不认识 备注"),
        ((",".join((*GOOD, "名称")) + "\r\n1\r\n").encode(), "重复 名称"),
        (b"just a letter to the head office", "标题行不对"),
        ((",".join(GOOD) + '\r\n"A1E,no end').encode(), "引号"),
        ((",".join(GOOD) + "\r\n" + "x" * 200_000).encode(), "引号"),
    ],
)
def test_a_file_of_no_use_is_refused_in_a_sentence(cast: Cast, data: bytes, words: str) -> None:
    page = upload(cast.signed_in(cast.manager), data)

    assert page.status_code == 422
    assert words in page.content.decode()
    assert not AuditEntry.objects.filter(action="outlet.imported").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_as_spreadsheets_save_it(cast: Cast, encoding: str, delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, TITLES, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerow(row(1, 名称="样本㐂店"))

    page = upload(cast.signed_in(cast.manager), out.getvalue().encode(encoding))

    assert page.context["plan"].problems == []
    assert page.context["plan"].total == 1


def test_a_missing_file_is_asked_for(cast: Cast) -> None:
    page = cast.signed_in(cast.manager).post(reverse("outlet_import"))

    assert page.status_code == 422
    assert "请选择" in page.content.decode()


def test_a_file_that_is_too_large_is_not_read(cast: Cast) -> None:
    page = upload(cast.signed_in(cast.manager), b"x" * (importing.LARGEST + 1))

    assert page.status_code == 422
    assert "2 MB" in page.content.decode()


def test_more_rows_than_the_limit_are_refused(cast: Cast) -> None:
    text = sheet(*(row(serial) for serial in range(importing.MOST_ROWS + 1)))

    with pytest.raises(table.TooManyRows, match="5001"):
        importing.plan(text, by=cast.manager, now=cast.now)


def test_no_cell_that_is_written_is_a_formula() -> None:
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "plain"]

    written = list(csv.reader(io.StringIO(table.write(["值"], [[cell] for cell in cells]))))

    assert [cell for [cell] in written[1:]] == [f"'{cell}" for cell in cells[:-1]] + ["plain"]


# ---------------------------------------------------------------- pages


def upload(client: Client, data: bytes | str) -> Any:
    raw = data.encode() if isinstance(data, str) else data
    return client.post(reverse("outlet_import"), {"file": SimpleUploadedFile("a.csv", raw)})


def test_the_import_is_the_managers(cast: Cast) -> None:
    for name in ("outlet_import", "outlet_import_template"):
        statuses = {
            who: client.get(reverse(name)).status_code for who, client in visitors(cast).items()
        }
        assert statuses == {
            "in scope": 200,
            "above": 200,
            "sister": 200,
            "clerk": 403,
            "signed out": 302,
        }


def test_nothing_is_imported_by_a_link(cast: Cast) -> None:
    client = cast.signed_in(cast.manager)

    for name in ("outlet_import_confirm", "outlet_import_problems"):
        assert client.get(reverse(name)).status_code == 405


def test_a_file_is_checked_then_confirmed(cast: Cast) -> None:
    client = cast.signed_in(cast.manager)

    checked = upload(client, sheet(row(1), row(2)))
    before = Outlet.objects.count()
    done = client.post(
        reverse("outlet_import_confirm"), {"carried": checked.context["carried"]}, follow=True
    )

    assert (before, Outlet.objects.count()) == (4, 6)
    assert "已导入 2 个网点" in done.content.decode()


def test_a_file_with_a_bad_row_offers_no_confirmation(cast: Cast) -> None:
    page = upload(cast.signed_in(cast.manager), sheet(row(1), row(2, 名称="")))

    text = page.content.decode()
    assert reverse("outlet_import_confirm") not in text
    assert reverse("outlet_import_problems") in text


def test_rows_are_judged_again_when_they_are_confirmed(cast: Cast) -> None:
    client = cast.signed_in(cast.manager)
    carried = upload(client, sheet(row(1), row(2))).context["carried"]
    channels.add(
        cast.district, kind="outlet", name="抢先一步", code="A1E102", by=None, now=cast.now
    )

    page = client.post(reverse("outlet_import_confirm"), {"carried": carried})

    assert [(one.row, one.column) for one in page.context["plan"].problems] == [(3, "编码")]
    assert not Outlet.objects.filter(agent_code="DLA1E101").exists()


def test_a_second_confirmation_says_that_it_is_done(cast: Cast) -> None:
    client = cast.signed_in(cast.manager)
    carried = upload(client, sheet(row(1), row(2))).context["carried"]
    client.post(reverse("outlet_import_confirm"), {"carried": carried})

    again = client.post(reverse("outlet_import_confirm"), {"carried": carried})

    assert Outlet.objects.count() == 6
    assert "可能刚刚导入过" in again.content.decode()


@pytest.mark.parametrize("carried", ["", "nonsense", "changed", "another's"])
def test_only_a_file_that_this_person_checked_is_confirmed(cast: Cast, carried: str) -> None:
    mine = upload(cast.signed_in(cast.manager), sheet(row(1))).context["carried"]
    client = cast.signed_in(cast.head_manager if carried == "another's" else cast.manager)
    sent = {"changed": mine[:-1] + ("A" if mine[-1] != "A" else "B"), "another's": mine}

    page = client.post(reverse("outlet_import_confirm"), {"carried": sent.get(carried, carried)})

    assert page.status_code == 409
    assert "请重新上传文件" in page.content.decode()
    assert Outlet.objects.count() == 4


def test_the_problems_are_downloaded_without_formulas(cast: Cast) -> None:
    client = cast.signed_in(cast.manager)
    checked = upload(client, sheet(row(1, 编码="=cmd|' /C calc'!A0")))

    answer = client.post(reverse("outlet_import_problems"), {"carried": checked.context["carried"]})

    lines = rows_of(answer)
    assert lines[0] == ["行号", "列", "内容", "原因"]
    assert lines[1][:3] == ["2", "编码", "'=cmd|' /C calc'!A0"]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_template_has_the_titles_that_the_import_reads(cast: Cast) -> None:
    answer = cast.signed_in(cast.manager).get(reverse("outlet_import_template"))

    assert rows_of(answer) == [list(TITLES)]


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
