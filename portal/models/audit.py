from typing import ClassVar

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """One thing that happened. Written in the same transaction as what it tells of.

    ``detail`` never holds personal data. ``leaf`` is the entry's place in the Merkle tree, given
    by the sealer; null until then.
    """

    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    leaf = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["id"], condition=models.Q(leaf__isnull=True), name="audit_unsealed"
            ),
            models.Index(fields=["subject_type", "subject_id"], name="audit_subject"),
        )

    def __str__(self) -> str:
        return f"#{self.pk} {self.action}"


class TreeHead(models.Model):
    """A signed Merkle tree head in the manner of RFC 9162, with the leaves that it added."""

    size = models.BigIntegerField(unique=True)
    first = models.BigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    leaves = models.BinaryField()  # 32 bytes for each leaf from ``first`` to ``size`` - 1
    frontier = models.JSONField()
    signed_at = models.DateTimeField()
    key_id = models.CharField(max_length=32)
    signature = models.BinaryField(max_length=64)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(size__gt=models.F("first")), name="a_tree_head_adds_leaves"
            )
        ]

    def __str__(self) -> str:
        return f"tree head of {self.size}"
