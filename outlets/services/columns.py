"""The columns of an outlets' file, and one row of it made clean."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outlets.models import Channel, Outlet, Tier
from outlets.models.channel import CODE
from outlets.services.table import Record

PARENT: Final = "上级编码"
NAME: Final = "名称"
NODE_CODE: Final = "编码"
TIER: Final = "渠道类型"
AGENT_CODE: Final = "代理商编码"
OPENS: Final = "开门"
CLOSES: Final = "关门"
LICENCE: Final = "营业执照号"
DATE: Final = "授权日期"
AUTHORISATION: Final = ("授权人", DATE, "授权文件号")


@dataclass(frozen=True)
class Column:
    """A title in the file (always Chinese), the model's field that judges its cells, a help."""

    title: str
    field: Any
    help: str | Promise
    required: bool = True
    empty: str | None = ""


def _of(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


COLUMNS: Final = (
    Column(
        PARENT, _of(Channel, "code"), gettext_lazy("已有节点的编码，或本文件里另一个网点的编码")
    ),
    Column(NAME, _of(Channel, "name"), gettext_lazy("网点名称，最多 80 字")),
    Column(
        NODE_CODE, _of(Channel, "code"), gettext_lazy("全国唯一，字母、数字、- 和 _，最多 20 位")
    ),
    Column(TIER, _of(Outlet, "tier"), gettext_lazy("五种渠道类型之一，写中文或代码")),
    Column(AGENT_CODE, _of(Outlet, "agent_code"), gettext_lazy("全国唯一，最多 20 位")),
    Column("地址", _of(Outlet, "address"), gettext_lazy("最多 200 字")),
    Column(LICENCE, _of(Outlet, "licence"), gettext_lazy("可以不填"), required=False),
    Column(OPENS, _of(Outlet, "opens_at"), gettext_lazy("如 09:00，不填即 09:00"), required=False),
    Column(
        CLOSES, _of(Outlet, "closes_at"), gettext_lazy("如 21:00，不填即 21:00"), required=False
    ),
    Column(
        "授权人", _of(Outlet, "authorised_by"), gettext_lazy("上级是网点时必填"), required=False
    ),
    Column(
        DATE,
        _of(Outlet, "authorised_date"),
        gettext_lazy("上级是网点时必填，如 2026-11-22"),
        required=False,
        empty=None,
    ),
    Column(
        "授权文件号", _of(Outlet, "authorisation"), gettext_lazy("上级是网点时必填"), required=False
    ),
)
TITLES: Final = tuple(column.title for column in COLUMNS)
CODES: Final = (PARENT, NODE_CODE, AGENT_CODE)
TIER_TITLES: Final = {
    Tier.OWN_HALL: "自有营业厅",
    Tier.PARTNER_HALL: "合作营业厅",
    Tier.FRANCHISE_STORE: "专营店",
    Tier.AGENT_POINT: "特约代理点",
    Tier.ENDPOINT: "末梢渠道",
}
# Digits and signs of a Chinese input method stand for their narrow twins here.
NARROW: Final = (*CODES, TIER, LICENCE, OPENS, CLOSES, DATE)


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be imported; ``row`` counts as spreadsheets do."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Row:
    """A row whose cells were cleaned; what could not be is missing in ``values`` (by title)."""

    number: int
    values: dict[str, Any]

    @property
    def parent(self) -> str:
        return str(self.values.get(PARENT, ""))

    @property
    def code(self) -> str:
        return str(self.values.get(NODE_CODE, ""))

    @property
    def is_authorised(self) -> bool:
        return all(self.values.get(title) for title in AUTHORISATION)


def clean(record: Record, today: date, problems: list[Problem]) -> Row:
    """Judge each cell by the field that will hold it; what is wrong joins ``problems``."""
    row = Row(record.row, {})
    if record.surplus:
        reason = _("这一行比标题行多出 %(cells)s 格；内容里有逗号时请加双引号。")
        problems.append(Problem(record.row, "", "", reason % {"cells": record.surplus}))
    for column in COLUMNS:
        raw = record.cells.get(column.title, "")
        try:
            row.values[column.title] = _value(column, raw)
        except ValidationError as error:
            problems.append(Problem(record.row, column.title, raw[:40], " ".join(error.messages)))
    problems += (
        Problem(record.row, title, record.cells.get(title, ""), reason)
        for title, reason in _contradictions(row, today)
    )
    return row


def _value(column: Column, raw: str) -> Any:
    text = unicodedata.normalize("NFKC", raw).strip() if column.title in NARROW else raw
    if not text:
        if column.required:
            raise ValidationError(_("必填。"))
        return column.field.to_python(column.field.get_default() or None) or column.empty
    if column.title == TIER:
        text = _tier(text)
    if column.title in CODES:
        CODE(text)
    if column.title == DATE:
        text = text.replace("/", "-").replace(".", "-")
    return column.field.clean(text, None)


def _tier(text: str) -> str:
    for tier in Tier:
        # The label in the file is Chinese, whatever language the page is in.
        if text in (tier.value, TIER_TITLES[tier]):
            return tier.value
    raise ValidationError(_("没有这种渠道类型，应为：%s。") % "、".join(TIER_TITLES.values()))


def _contradictions(row: Row, today: date) -> Iterator[tuple[str, str]]:
    values = row.values
    if OPENS in values and CLOSES in values and values[OPENS] >= values[CLOSES]:
        yield CLOSES, _("关门时间要晚于开门时间。")
    given = [title for title in AUTHORISATION if values.get(title)]
    if given and not row.is_authorised and all(title in values for title in AUTHORISATION):
        yield given[0], _("授权人、授权日期、授权文件号要么都填，要么都不填。")
    if values.get(DATE) and values[DATE] > today:
        yield DATE, _("授权日期不能晚于今天。")
