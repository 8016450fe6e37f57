"""Who is in the stories that Facebook's face is asked about, and who asks."""

from typing import Any

import httpx

PAGE, PTA, ANA, BO = "facebook/district", "facebook/pta", "facebook/ana", "facebook/bo"
SAID = "id,message,is_hidden,from,parent{id},comment_count,permalink_url,object,attachment,message_tags"


class Client:
    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def __call__(self, path: str, **parameters: Any) -> Any:
        return self.http.get(f"/v26.0/{path}", params=parameters).json()

    def error(self, path: str, **parameters: Any) -> tuple[int, int, int]:
        """HTTP status, code and subcode."""
        answer = self.http.get(f"/v26.0/{path}", params=parameters)
        told = answer.json()["error"]
        return answer.status_code, told["code"], told.get("error_subcode", 0)

    def messages(self, path: str, **parameters: Any) -> list[str]:
        return [one.get("message", one.get("story", "")) for one in self(path, **parameters)["data"]]
