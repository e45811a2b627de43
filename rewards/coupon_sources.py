"""Where the code of a reward comes from (S23): one class for each source, by the value of `coupon_source`."""

import secrets

from streaks.models import Milestone

# No 0/O, 1/I/L, 5/S, 2/Z or U/V: a code is read from a screen and typed at a till.
ALPHABET = "346789ABCDEFGHJKMNPQRTWXY"
# 25 characters are 4.64 bits each; 14 of them are 65 bits, over the 60 that S23 asks for.
CODE_LENGTH = 14
TRIAL_PREFIX = "TEST-"
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]


def generate_code(prefix: str) -> str:
    """Return the prefix and an unguessable code of 65 bits (S23)."""
    number, pairs = secrets.randbelow(len(ALPHABET) ** CODE_LENGTH), []
    for _ in range(CODE_LENGTH // 2):
        number, position = divmod(number, len(PAIRS))
        pairs.append(PAIRS[position])
    return prefix + "".join(pairs)


class CouponSource:
    """A source that gives no code when a reward is issued: the client's backend sets it later."""

    # Whether a code goes to one reward only (S25).
    is_unique = False
    # Whether there is a code at all, now or later.
    has_code = True
    # Whether codes are taken from the pool of the milestone, which is locked for that.
    has_pool = False
    # Whether the client's backend may take a code back.
    may_be_cleared = False

    def first_code(self, milestone: Milestone) -> str | None:
        """Return the code of a reward at the instant at which it is issued; None where it has to wait for one."""
        return None

    def trial_code(self) -> str | None:
        """Return the code of a reward of a sandbox member: it opens nothing, and everybody sees that."""
        return generate_code(TRIAL_PREFIX)


class GeneratedCode(CouponSource):
    """A new code for every reward."""

    is_unique = True

    def first_code(self, milestone: Milestone) -> str | None:
        """Return a prefix and an unguessable code."""
        return generate_code(milestone.coupon_prefix)


class FixedCode(CouponSource):
    """One code for all."""

    def first_code(self, milestone: Milestone) -> str | None:
        """Return the code of the milestone."""
        return milestone.coupon_code


class PoolOfCodes(CouponSource):
    """Unique codes that a marketer uploads."""

    is_unique = True
    has_pool = True


class ExternalCode(CouponSource):
    """A code that the client's backend sets."""

    may_be_cleared = True

    def trial_code(self) -> str | None:
        """Return None: the client's backend sets one, as for everybody."""
        return None


class NoCode(CouponSource):
    """No code: the milestone gives freezes alone."""

    has_code = False


COUPON_SOURCES: dict[str, CouponSource] = {
    Milestone.CouponSource.GENERATED: GeneratedCode(),
    Milestone.CouponSource.FIXED: FixedCode(),
    Milestone.CouponSource.POOL: PoolOfCodes(),
    Milestone.CouponSource.EXTERNAL: ExternalCode(),
    Milestone.CouponSource.NONE: NoCode(),
}
