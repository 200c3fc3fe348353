"""A CSV file as people save it from a spreadsheet: text in, numbered records out; and back."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from django.utils.translation import gettext_lazy as _

from portal.refusal import Refusal

# A spreadsheet takes a cell that begins like this for a formula and runs it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class BadFile(Refusal):
    """The whole file is of no use; single rows are Problems of the import."""

    text = _("这个文件读不了。")
    todo = _("请在表格软件里另存为 CSV（UTF-8）再上传。")


class NotCsv(BadFile):
    text = _("这不是 CSV 文件。")


class WrongEncoding(BadFile):
    text = _("文件的文字编码认不出来，只支持 UTF-8 和 GB18030（GBK）。")


class BadQuotes(BadFile):
    text = _("第 %(row)s 行附近的引号不成对。")
    todo = _("请改好引号，或重新从表格软件导出再上传。")


class Empty(BadFile):
    text = _("文件是空的，或只有标题行。")
    todo = _("请下载模板，从第 2 行起每行填写一个网点。")


class TooManyRows(BadFile):
    text = _("文件有 %(rows)s 行，一次最多导入 %(limit)s 行。")
    todo = _("请分成几个文件上传。")


class WrongColumns(BadFile):
    text = _("标题行不对：%(wrong)s。")
    todo = _("请下载模板，照模板的标题行填写。")


@dataclass(frozen=True)
class Record:
    """One row of the file; ``row`` counts as spreadsheets do, the titles being row 1."""

    row: int
    cells: dict[str, str]
    # Cells beyond the last title, mostly from a comma that was not quoted.
    surplus: int


def decoded(data: bytes) -> str:
    """The text of an uploaded file. Raises NotCsv, WrongEncoding, Empty."""
    if not data.strip():
        raise Empty
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise NotCsv
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise NotCsv
        return text
    raise WrongEncoding


def read(text: str, *, known: Sequence[str], required: Iterable[str], limit: int) -> list[Record]:
    """Raises BadFile in one of its kinds. Cells are stripped; blank rows are left out."""
    titles, *rows = _rows(text) or [[]]
    while titles and not titles[-1]:
        titles.pop()
    if not any(titles):
        raise Empty
    _check_titles(titles, known, required)
    records = [
        Record(number, dict(zip_longest(titles, cells[: len(titles)], fillvalue="")), surplus)
        for number, cells in enumerate(rows, start=2)
        if any(cells)
        for surplus in [sum(1 for cell in cells[len(titles) :] if cell)]
    ]
    if not records:
        raise Empty
    if len(records) > limit:
        raise TooManyRows(rows=len(records), limit=limit)
    return records


def write(titles: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """CSV that spreadsheets open as UTF-8 and in which no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([str(title) for title in titles])
    writer.writerows([_harmless(str(cell)) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _rows(text: str) -> list[list[str]]:
    # Some spreadsheets write semicolons or tabs; no title contains any of the three.
    first_line = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), strict=True, delimiter=max(",;\t", key=first_line.count)
    )
    try:
        return [[cell.strip() for cell in cells] for cells in reader]
    except csv.Error:
        raise BadQuotes(row=reader.line_num) from None


def _check_titles(titles: list[str], known: Sequence[str], required: Iterable[str]) -> None:
    # A file without titles has contents here: a few, cut short, are enough to see what is wrong.
    strange = [title[:12] for title in titles if title not in known][:3]
    wrong = {
        _("缺少"): [title for title in required if title not in titles],
        _("不认识"): strange,
        _("重复"): [title for title in known if titles.count(title) > 1],
    }
    if any(wrong.values()):
        raise WrongColumns(
            wrong="；".join(f"{what} {'、'.join(which)}" for what, which in wrong.items() if which)
        )


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
