"""The people in the stories about Facebook, and the clients that read them."""

from typing import Any

from tests.sandbox import meta

PAGE, PTA, ANA, BO = "facebook/district", "facebook/pta", "facebook/ana", "facebook/bo"
SAID = "id,message,is_hidden,from,parent{id},comment_count,permalink_url,object,attachment,message_tags"


class Client(meta.Client):
    def messages(self, path: str, **parameters: Any) -> list[str]:
        return [one.get("message", one.get("story", "")) for one in self(path, **parameters)["data"]]
