"""The manager's table as a CSV file."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from registration.models import Decision
from registration.services import shot
from registration.services.ranking import Row
from registration.templatetags.figures import percent

# A cell that begins like this is a formula to a spreadsheet program, in full width too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Through:
    """A file that hands on what is written to it, so that a long table is never whole in memory."""

    def write(self, text: str) -> str:
        return text


def written(rows: Iterable[Row], shots: shot.Shots) -> Iterator[str]:
    """Line by line."""
    # Without the mark Excel takes the Chinese text for another encoding.
    yield "\ufeff"
    writer = csv.writer(Through())
    for line in _lines(rows, shots):
        yield writer.writerow([_safe(cell) for cell in line])


def _lines(rows: Iterable[Row], shots: shot.Shots) -> Iterator[list[Any]]:
    reasons = [Decision.Reason(code) for code in (*Decision.RETURNS, *Decision.REFUSALS)]
    yield [
        *(_("名称"), _("编码"), _("类型"), _("状态"), _("网点数"), _("提交")),
        *(_("首轮已审"), _("一次通过"), _("一次通过率"), _("退回"), _("拒绝")),
        *(_("读卡异常"), _("读卡未采用"), _("中位时长（秒）")),
        *(_("照片"), _("一次合格"), _("拍照一次合格率")),
        *(reason.label for reason in reasons),
    ]
    for row in rows:
        now = row.now
        yield [
            *(row.name, row.code, row.kind, row.outlet.get_status_display() if row.outlet else ""),
            *(row.outlets, now.submitted, now.first_decided, now.first_approved),
            *(percent(now.first_pass_rate), now.returned, now.refused),
            *(now.flagged, now.refused_reads),
            round(now.median.total_seconds()) if now.median is not None else "",
            *_taken(row, shots),
            *(now.returns[reason] + now.refusals[reason] for reason in reasons),
        ]


def _taken(row: Row, shots: shot.Shots) -> tuple[int, int, str]:
    key = row.clerk.pk if row.clerk else row.channel.path if row.channel else ""
    found = shots.of(row.name, key)
    return found.first, found.good, percent(found.rate)


def _safe(cell: Any) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
