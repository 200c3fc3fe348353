"""How sure a share is: E. B. Wilson's score interval (J. Am. Stat. Assoc. 22, 1927, p. 209-212), as
recommended for few cases by R. G. Newcombe (Statistics in Medicine 17, 1998, p. 857-872)."""

from math import sqrt

# Of the normal distribution 95 % lie within so many standard deviations.
Z = 1.959963984540054


def interval(hits: int, of: int) -> tuple[float, float]:
    """The lower and upper bound, from 0 to 1, of the share that ``hits`` out of ``of`` tell of,
    with a confidence of 95 %; of none nothing is known: (0, 1)."""
    if not of:
        return 0.0, 1.0
    share, weight = hits / of, Z * Z / of
    middle = share + weight / 2
    spread = Z * sqrt((share * (1 - share) + weight / 4) / of)
    return max(0.0, (middle - spread) / (1 + weight)), min(1.0, (middle + spread) / (1 + weight))
