"""What the models say of their tables stands in the database: a migration may drop more than it
says it does."""

import pytest
from django.apps import apps
from django.db import connection, models

OURS = ("portal", "outlets", "registration")
TABLES = [model for label in OURS for model in apps.get_app_config(label).get_models()]


@pytest.mark.django_db
@pytest.mark.parametrize("model", TABLES)
def test_a_table_has_the_constraints_and_indexes_of_its_model(model: type[models.Model]) -> None:
    meta = model._meta
    wanted = {part.name for part in (*meta.constraints, *meta.indexes)}

    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, meta.db_table)

    assert wanted - set(found) == set()
