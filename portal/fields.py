"""Model fields for personal data: clear in Python, a token of portal.crypto in the column.

A token is bound to app, model and column, so it cannot be moved to another one (renaming any of
the three means encrypting anew). Rows are not told apart: the chip's hash and the audit do that.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.core import checks
from django.core.exceptions import FieldError, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from portal import crypto

_ST = TypeVar("_ST")
_GT = TypeVar("_GT")

if TYPE_CHECKING:

    class _Field(models.Field[_ST, _GT]):
        db_index: bool

    class _CharField(models.CharField[_ST, _GT]):
        db_index: bool

else:
    # Django's fields take no type arguments at run time.

    class _Field(models.Field):
        def __class_getitem__(cls, types):
            return cls

    class _CharField(models.CharField):
        def __class_getitem__(cls, types):
            return cls


class EncryptedField(_Field[_ST, _GT]):
    """What the three kinds share. NULL stays NULL, so that absence can be asked for."""

    python_type: ClassVar[type]

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        if value is None or hasattr(value, "as_sql"):
            return value
        if not isinstance(value, self.python_type):
            # The value itself is not shown: it may be somebody's number.
            raise TypeError(f"{self} takes {self.python_type.__name__}, not {type(value).__name__}")
        token = crypto.keyring().encrypt(self.encode(value), self.aad)
        return connection.Database.Binary(token)  # type: ignore[attr-defined]

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        if value is None:
            return None
        return self.decode(crypto.keyring().decrypt(value, self.aad))

    @property
    def aad(self) -> bytes:
        return f"{self.model._meta.label_lower}.{self.column}".encode()

    def encode(self, value: Any) -> bytes:
        raise NotImplementedError

    def decode(self, content: bytes) -> Any:
        raise NotImplementedError

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(
                f"{self} is encrypted and cannot be searched (__{lookup_name}): "
                "use its blind index, or __isnull."
            )
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self} is encrypted and has no __{lookup_name}.")

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if self.unique or self.db_index:
            text = "Equal values make different tokens: put unique and db_index on a blind index."
            found.append(checks.Error(text, obj=self, id="portal.E001"))
        return found


class EncryptedTextField(EncryptedField[_ST, _GT]):
    _pyi_private_set_type: str
    _pyi_private_get_type: str
    python_type = str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Of the clear text; the column has no limit.
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))

    def encode(self, value: str) -> bytes:
        return value.encode()

    def decode(self, content: bytes) -> str:
        return content.decode()

    def to_python(self, value: Any) -> str | None:
        return value if value is None else str(value)


class EncryptedBinaryField(EncryptedField[_ST, _GT]):
    _pyi_private_set_type: bytes
    _pyi_private_get_type: bytes
    python_type = bytes
    empty_values = [None, b""]

    def encode(self, value: bytes) -> bytes:
        return value

    def decode(self, content: bytes) -> bytes:
        return content


class EncryptedDateField(EncryptedField[_ST, _GT]):
    _pyi_private_set_type: date
    _pyi_private_get_type: date
    python_type = date

    def encode(self, value: date) -> bytes:
        # Of a datetime only the day.
        return date.isoformat(value).encode()

    def decode(self, content: bytes) -> date:
        return date.fromisoformat(content.decode())

    def to_python(self, value: Any) -> date | None:
        if value is None or isinstance(value, date):
            return value
        try:
            parsed = parse_date(str(value))
        except ValueError:
            parsed = None
        if parsed is None:
            raise ValidationError(_("请填写日期,例如 2026-11-22。"), code="invalid")
        return parsed


class BlindIndexField(_CharField[_ST, _GT]):
    """64 hex digits of `Keyring.blind_index`; indexed unless the model names a better index."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("db_index", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        kwargs["db_index"] = self.db_index
        return name, path, args, kwargs

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        # PostgreSQL would get a second index for LIKE on every "varchar"; digits of a hash are
        # only ever compared whole, byte by byte.
        return "character varying(64)" if connection.vendor == "postgresql" else "varchar(64)"

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


def token_of(column: str) -> models.Expression:
    """The token as it lies in the column, for rotation: `annotate(token=token_of("name"))`."""
    return models.ExpressionWrapper(models.F(column), output_field=models.BinaryField())


class BlobField(_CharField[str, str]):
    """The name of a file of portal.blobs; "" for none. Files that no such column names are swept
    (services.orphans). To the database it is a CharField."""

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
