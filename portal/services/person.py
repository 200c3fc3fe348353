from portal import crypto


def key(number: str) -> str:
    """自然人键: a keyed hash, the same for all documents of one person; nobody reads it back.

    ``number`` is the 18-character number as a card writes it, X in upper case.
    """
    return crypto.keyring().blind_index(number, "person")
