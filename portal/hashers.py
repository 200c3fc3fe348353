"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane: as hard to guess as 600,000 rounds of PBKDF2
    (OWASP, Password Storage Cheat Sheet) for a tenth of the server's time, so that a whole office
    can log in at nine."""

    memory_cost = 19 * 1024  # KiB
    time_cost = 2
    parallelism = 1
