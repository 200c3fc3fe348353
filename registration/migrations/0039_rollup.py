import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


def counts():
    names = ("submitted", "flagged", "refused_reads", "decided", "first_decided")
    names += ("first_approved", "opened", "real_name")
    columns = [(name, models.IntegerField(default=0)) for name in names]
    return [*columns, ("detail", models.JSONField(default=dict))]


def key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def outlet(on_delete):
    return models.ForeignKey(on_delete=on_delete, related_name="+", to="outlets.outlet")


class Migration(migrations.Migration):
    """Empty tables: the background task fills them, and until then reports read the rows."""

    dependencies = [
        ("outlets", "0008_index_lists"),
        ("registration", "0038_index_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            "DayCount",
            [
                ("id", key()),
                ("channel_path", models.CharField(editable=False, max_length=120)),
                *counts(),
                ("outlet", outlet(django.db.models.deletion.PROTECT)),
                (
                    "clerk",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("day", models.DateField()),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(
                        fields=["day", "outlet", "clerk"], name="a_clerk_s_day_is_counted_once"
                    ),
                    models.UniqueConstraint(
                        fields=["day", "outlet"],
                        condition=Q(clerk__isnull=True),
                        name="nobody_s_day_is_counted_once",
                    ),
                ),
                "indexes": [
                    models.Index(
                        fields=["channel_path", "day"],
                        opclasses=["varchar_pattern_ops", ""],
                        name="day_count_by_path",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "NodeCount",
            [
                ("id", key()),
                ("channel_path", models.CharField(editable=False, max_length=120)),
                *counts(),
                (
                    "span",
                    models.CharField(choices=[("day", "Day"), ("month", "Month")], max_length=5),
                ),
                ("day", models.DateField()),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(
                        fields=["channel_path", "span", "day"],
                        opclasses=["varchar_pattern_ops", "", ""],
                        name="a_node_s_span_is_counted_once",
                    ),
                ),
                "indexes": [models.Index(fields=["span", "day"], name="node_count_by_day")],
            },
        ),
        migrations.CreateModel(
            "RolledDay",
            [
                ("id", key()),
                ("day", models.DateField(unique=True)),
                ("folded_at", models.DateTimeField()),
                ("proved_at", models.DateTimeField(null=True)),
                ("wrong", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            "StaleDay",
            [
                ("id", key()),
                ("outlet", outlet(django.db.models.deletion.CASCADE)),
                ("day", models.DateField()),
            ],
            options={"indexes": [models.Index(fields=["day"], name="stale_day_by_day")]},
        ),
    ]
