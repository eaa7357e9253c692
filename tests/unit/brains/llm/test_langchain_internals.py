"""The private parts of langchain-openai that Cowboy changes are where it looks for them, and do what it expects."""

import json
from typing import Any

import pytest
from httpx2 import Client, MockTransport, Request, Response
from langchain_core.messages import HumanMessage, SystemMessage

from cowboy.brains.llm.langchain_internals import NO_CLIENT, PlainChat

QUESTION = [SystemMessage("the rules"), HumanMessage("your turn")]


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    """The bodies of the requests, in order."""
    return []


def chat(sent: list[dict[str, Any]], **options: Any) -> PlainChat:
    def answer(request: Request) -> Response:
        sent.append(json.loads(request.content))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "shield up"}}
        return Response(200, json={"id": "1", "object": "chat.completion", "created": 1, "choices": [choice]})

    client = Client(transport=MockTransport(answer), trust_env=False)
    fields: dict[str, Any] = {"base_url": "http://x/v1", "api_key": "none", "model": "m", "async_client": NO_CLIENT}
    return PlainChat(**fields, http_client=client, use_responses_api=False, max_retries=0, **options)


def test_the_messages_are_sent_without_the_clients_checks(sent: list[dict[str, Any]]) -> None:
    model = chat(sent)
    payload = model._get_request_payload(QUESTION)
    assert payload["messages"] == []
    assert [message["role"] for message in payload["extra_body"]["messages"]] == ["system", "user"]
    assert model.invoke(QUESTION).content == "shield up"
    assert [message["content"] for message in sent[0]["messages"]] == ["the rules", "your turn"]


def test_an_empty_list_of_tools_is_left_out(sent: list[dict[str, Any]]) -> None:
    chat(sent).bind(tools=[]).invoke(QUESTION)
    assert "tools" not in sent[0]


def test_a_server_without_the_role_of_the_system_gets_one_message(sent: list[dict[str, Any]]) -> None:
    chat(sent, system_role=False).invoke(QUESTION)
    assert sent[0]["messages"] == [{"role": "user", "content": "the rules\n\nyour turn"}]


def test_no_asynchronous_client_is_built(sent: list[dict[str, Any]]) -> None:
    assert chat(sent).async_client is NO_CLIENT
