from portal import crypto


def key(number: str) -> str:
    """自然人键: a keyed hash, the same for all documents of one person; nobody reads it back.

    ``number`` is the one that stands for the person: the 18 characters of an ID card, X in upper
    case; of a residence permit (港澳台居民居住证) the travel permit's, which its chip names, so
    that both are one person (NL-05). See ``Card.person_number``.
    """
    return crypto.keyring().blind_index(number, "person")
