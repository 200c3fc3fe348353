from portal.models.audit import AuditEntry, TreeHead
from portal.models.session import Session
from portal.models.user import User, UserManager

__all__ = ["AuditEntry", "Session", "TreeHead", "User", "UserManager"]
