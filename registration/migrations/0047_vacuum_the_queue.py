"""A queue lives from being emptied: what was claimed and decided leaves dead entries before those that
wait, and by PostgreSQL's own measure a fifth of the table would have to be dead before it cleans up.
"""

from typing import Any

from django.conf import settings
from django.db import migrations, models

VACUUM = """
ALTER TABLE registration_review SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0.02
)
"""
USUAL = """
ALTER TABLE registration_review RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor
)
"""


def often(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(VACUUM)


def as_usual(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(USUAL)


class Migration(migrations.Migration):
    dependencies = [
        ("outlets", "0010_index_branches"),
        ("registration", "0046_screen_step"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="review", name="review_in_hand"),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                fields=["claimed_by", "lease_until"],
                condition=models.Q(status="open"),
                name="review_in_hand",
            ),
        ),
        migrations.RunPython(often, as_usual),
    ]
