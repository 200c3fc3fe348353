"""The rows of one table as lines for COPY, written straight into it."""

import json
from datetime import date, datetime, time
from typing import Any

from django.db import connection, models

from portal.fields import EncryptedField

NULL = r"\N"


class Sheet:
    """``names`` are the columns that differ from row to row, as attributes of the model; ``same``
    has those that do not; what neither names has the model's default. Ids go on from the last."""

    def __init__(self, model: type[models.Model], *names: str, **same: Any) -> None:
        self.model = model
        fields = {str(field.attname): field for field in model._meta.concrete_fields}
        given = ["id", *names]
        rest = [name for name in fields if name not in given]
        # A misspelt name must not become a silent default.
        assert not (set(given) | set(same)) - set(fields)  # noqa: S101
        fixed = [_cell(fields[name], same.get(name, _default(fields[name]))) for name in rest]
        self._pattern = "\t".join(["%s"] * len(given) + [cell.replace("%", "%%") for cell in fixed])
        columns = ", ".join(f'"{fields[name].column}"' for name in (*given, *rest))
        self._copy = f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN'
        last = model._base_manager.aggregate(last=models.Max("pk"))["last"]
        self.next_id = (last or 0) + 1
        self._lines: list[str] = []

    def add(self, *cells: str | int) -> int:
        """Cells as ``text`` makes them, in the order of ``names``. Returns the row's id."""
        pk = self.next_id
        self.next_id = pk + 1
        self._lines.append(self._pattern % (pk, *cells))
        return pk

    def write(self) -> None:
        """Send what has come together; the lines are free afterwards."""
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        with connection.cursor() as cursor, cursor.copy(self._copy) as copy:
            copy.write("\n".join(lines) + "\n")


def token(model: type[models.Model], name: str, value: Any) -> str:
    """The cell of an encrypted column."""
    return _cell(model._meta.get_field(name), value)


def text(value: Any) -> str:
    """A cell in COPY's text format. Texts with tabs, line ends or backslashes are not made here."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _cell(field: Any, value: Any) -> str:
    if isinstance(field, EncryptedField) and value is not None:
        value = bytes(field.get_db_prep_value(value, connection).obj)
    return text(value)


def _default(field: Any) -> Any:
    if field.has_default():
        return field.get_default()
    return None if field.null else ""
