"""How TikTok refuses: the Accounts API with a code in an answer of HTTP 200, the Display API with a word and
a status.

Sources: business-api.tiktok.com/portal/docs (return codes),
developers.tiktok.com/doc/tiktok-api-v2-error-handling; the messages say the same in other words where no
public answer has them.
"""

from dataclasses import dataclass

from infra.sandbox.faces.common import Refusal


@dataclass(frozen=True)
class Problem:
    """`word` and `status`: the same in the Display API."""

    code: int
    message: str
    word: str
    status: int

    def refuse(self, message: str = "") -> Refusal:
        return Refusal(self.status, self, message or self.message)


NO_PERMISSION = Problem(
    40001, "Permission error: the access token lacks what this needs.", "scope_not_authorized", 401
)
INVALID = Problem(40002, "Invalid parameter", "invalid_params", 400)
RATE = Problem(40100, "Too many requests. Please retry in some time.", "rate_limit_exceeded", 429)
EXPIRED = Problem(40102, "Access token is expired.", "access_token_invalid", 401)
NO_TOKEN = Problem(40104, "Access token is null.", "access_token_invalid", 401)
DEAD_TOKEN = Problem(40105, "Access token is incorrect or has been revoked.", "access_token_invalid", 401)
