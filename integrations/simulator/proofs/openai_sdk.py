"""Drives the simulator with OpenAI's own library, so that our client is not its only judge.

    pip install openai pydantic
    auterity simulator --listen 127.0.0.1:54010 &
    python integrations/simulator/proofs/openai_sdk.py http://127.0.0.1:54010/v1
"""

import sys
from typing import Literal, Optional

from openai import BadRequestError, NotFoundError, OpenAI, RateLimitError
from pydantic import BaseModel, Field

QUESTION = [
    {"role": "system", "content": "You answer leads. Answer in JSON."},
    {"role": "user", "content": "First name: Jane\nVehicle: 2025 Honda Civic"},
]


class Reply(BaseModel):
    """What the library itself makes a strict schema of."""

    subject: str = Field(description="At most 80 characters.")
    intent: Literal["price", "test_drive", "other"]
    phone: Optional[str]


def refused(ask, kind=BadRequestError):
    """Parameter and code of a question that must not be answered."""
    try:
        ask()
    except kind as error:
        return error.param, error.code
    raise AssertionError("it was answered")


def main(base: str) -> None:
    client = OpenAI(base_url=base, api_key="none", max_retries=0)

    def ask(model="gpt-6-luna", **parameters):
        return client.chat.completions.create(model=model, messages=QUESTION, **parameters)

    answer = ask(max_completion_tokens=500, store=False, reasoning_effort="none", temperature=0)
    assert answer.choices[0].finish_reason == "stop", answer
    assert answer._request_id, "no request id"
    usage = answer.usage
    assert usage.completion_tokens_details.reasoning_tokens == 0, usage
    assert usage.prompt_tokens_details.cached_tokens == 0, usage
    assert ask("gpt-6.1-terra").usage.completion_tokens_details.reasoning_tokens > 0

    parsed = client.chat.completions.parse(
        model="gpt-6.1-terra", messages=QUESTION, response_format=Reply
    )
    assert isinstance(parsed.choices[0].message.parsed, Reply), parsed

    assert refused(lambda: ask(temperature=0)) == ("temperature", "unsupported_value")
    assert refused(lambda: ask(max_tokens=9)) == ("max_tokens", "unsupported_parameter")
    astra = lambda: ask("gpt-6-astra", reasoning_effort="none")
    assert refused(astra) == ("reasoning_effort", "unsupported_value")
    assert ask("gpt-4o", temperature=0, max_tokens=900).choices
    gone = lambda: ask("gpt-4.5-preview")
    assert refused(gone, NotFoundError) == ("model", "model_not_found")
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["a"],
        "properties": {"a": {"type": "string", "minLength": 1}},
    }
    strict = {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": schema}}
    assert refused(lambda: ask(response_format=strict))[0] == "response_format"
    limited = lambda: ask("simulator-rate-limited-3")
    assert refused(limited, RateLimitError)[1] == "rate_limit_exceeded"

    models = {model.id: model for model in client.models.list()}
    assert models["gpt-5-mini"].model_extra.get("shutdown_date", None) or getattr(
        models["gpt-5-mini"], "shutdown_date", None
    ), models["gpt-5-mini"]
    print("all as the library expects")


if __name__ == "__main__":
    main(sys.argv[1])
