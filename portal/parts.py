"""Verbs that are parts of others.

A savepoint is two more ways to the database, and in PostgreSQL a transaction within the
transaction. All that it buys is that somebody may catch what a part raises and go on with the rest.
"""

from typing import Final

from django.db import transaction

# For a verb whose error ends the whole verb around it, and nothing less. Called alone it is a
# transaction of its own, as under ``transaction.atomic``; inside another's it takes part in that
# one. Whoever means to catch puts ``transaction.atomic()`` around the call: Django refuses all
# further queries to those who forget, so nothing half done is ever kept.
part: Final = transaction.atomic(savepoint=False)
