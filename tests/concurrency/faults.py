"""Failures that the server itself raises: locks not to be had, deadlocks, serialisation."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Every seventh change fails, in turns with one of the three; a transaction makes fewer than seven,
# so that each comes through in the end.
FUNCTION = """
CREATE SEQUENCE injected_calls MINVALUE 0;
CREATE FUNCTION fail_now_and_then() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE call bigint := nextval('injected_calls');
BEGIN
    IF call % 7 = 1 THEN
        RAISE EXCEPTION 'injected'
            USING ERRCODE = (ARRAY['55P03', '40P01', '40001'])[1 + call / 7 % 3];
    END IF;
    RETURN NULL;
END $$;
"""
AT_ONCE = """
CREATE TRIGGER fails_at_once AFTER INSERT OR UPDATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION fail_now_and_then()
"""
# When everything has been done and COMMIT is all that is left.
AT_COMMIT = """
CREATE CONSTRAINT TRIGGER fails_at_commit AFTER INSERT OR UPDATE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_now_and_then()
"""
REMOVE = "DROP FUNCTION fail_now_and_then() CASCADE; DROP SEQUENCE injected_calls"


@contextmanager
def injected(table: str) -> Iterator[None]:
    """Changes of ``table`` fail, some at the statement and some at the commit."""
    _run(FUNCTION)
    _run(AT_ONCE.format(table=table))
    _run(AT_COMMIT.format(table=table))
    try:
        yield
    finally:
        _run(REMOVE)


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
