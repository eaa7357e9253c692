"""What Cowboy needs of langchain-openai 1.7 that has no public way: a chat model that sends its requests unchecked.

`pyproject.toml` bounds the version; `tests/unit/brains/llm/test_langchain_internals.py` fails when one of the parts
moves.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from langchain_openai import ChatOpenAI

NO_CLIENT = object()
"""Takes the place of an asynchronous client, which langchain-openai 1.7 would build from the shell's variables."""

_SENT_AS_IS = ("messages", "tools", "tool_choice", "response_format")


class PlainChat(ChatOpenAI):
    """A chat model whose requests go out as they are.

    The openai client checks each part of a request against its types, which takes longer than all the rest of a call;
    it does not check what is in `extra_body`. An empty list of tools is left out, because some servers refuse it
    (langchain#37184). Without `system_role` the system's message goes into the user's.
    """

    system_role: bool = True

    def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        payload = super()._get_request_payload(*args, **kwargs)
        if not self.system_role:
            payload["messages"] = [_in_one(payload["messages"])]
        body = {name: payload.pop(name) for name in _SENT_AS_IS if payload.get(name)}
        payload.pop("tools", None)
        return {**payload, "messages": [], "extra_body": body}


def _in_one(messages: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One message of the user's with the texts of all messages."""
    texts: list[str] = []
    for message in messages:
        content = message["content"]
        texts += [content] if isinstance(content, str) else [part["text"] for part in content]
    return {"role": "user", "content": "\n\n".join(texts)}
