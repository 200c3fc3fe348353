"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane (OWASP, Password Storage Cheat Sheet).

    A twelfth of the time that PBKDF2 takes with Django's rounds: a whole office logs in at nine.
    """

    memory_cost = 19 * 1024  # KiB
    time_cost = 2
    parallelism = 1
