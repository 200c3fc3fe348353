import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.fields import EncryptedBinaryField
from registration.models.application import Application
from registration.models.identity import Identity


class Judgement(models.Model):
    """What the rules were given when they judged, once for each different set of facts.

    With it a decision can be explained, and judged under another policy, in two years' time.
    ``digest`` is a keyed hash of ``facts`` (rules.snapshot); findings name it.
    """

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="judgements"
    )
    digest = models.CharField(max_length=64)
    facts = EncryptedBinaryField()
    rules_version = models.CharField(max_length=20)
    judged_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application", "digest"], name="the_same_facts_are_judged_once"
            ),
        )
        indexes = (models.Index(fields=["judged_at"], name="judgement_by_day"),)

    def __str__(self) -> str:
        return f"judgement {self.pk}"


class Finding(models.Model):
    """What a rule said about an application, with the article it rests on."""

    class Severity(models.TextChoices):
        BLOCK = "block", _("阻断")
        REVIEW = "review", _("需复核")
        NOTE = "note", _("提示")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=12)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    role = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=200)
    todo = models.CharField(max_length=200, blank=True)
    step = models.CharField(max_length=20, blank=True)
    article = models.CharField(max_length=80)
    rules_version = models.CharField(max_length=20)
    # Of the Judgement whose facts gave this; "" on findings from before 0.3.
    facts_digest = models.CharField(max_length=64, blank=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application", "rule", "role", "reason"], name="a_finding_stands_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.severity}"


class OnlineCheck(models.Model):
    """联网核验 of one identity (CV-03). Only a match lets an application be approved; a document
    that no register knows is the verifier's to judge."""

    class Result(models.TextChoices):
        WAITING = "waiting", _("等待核验")
        UNAVAILABLE = "unavailable", _("核验服务暂不可用，自动重试中")
        MATCH = "match", _("一致")
        MISMATCH = "mismatch", _("不一致")
        NOT_FOUND = "not_found", _("查无此号")
        NO_REGISTER = "no_register", _("这种证件没有联网核验，由审核员核对")

    OPEN = (Result.WAITING, Result.UNAVAILABLE)

    identity = models.OneToOneField(Identity, on_delete=models.PROTECT, related_name="online_check")
    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="online_checks"
    )
    result = models.CharField(max_length=12, choices=Result.choices, default=Result.WAITING)
    reference = models.CharField(max_length=60, blank=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["due_at"],
                condition=Q(result__in=("waiting", "unavailable")),
                name="online_check_due",
            ),
        )

    def __str__(self) -> str:
        return f"online check {self.pk}: {self.result}"
