"""In what role a person takes part; the same values as models.Role, which rules do not import."""

HOLDER = "holder"
PROXY = "proxy"
GUARDIAN = "guardian"
HANDLER = "handler"
TRANSFEROR = "transferor"
END_USER = "end_user"
ROLES = (HOLDER, PROXY, GUARDIAN, HANDLER, TRANSFEROR, END_USER)
