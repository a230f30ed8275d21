"""Drives the simulator with Twilio's own library, so that our client is not its only judge.

    pip install twilio
    auterity simulator --listen 127.0.0.1:54010 &
    python integrations/simulator/proofs/twilio_sdk.py http://127.0.0.1:54010
"""

import sys

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

ACCOUNT = "AC00000000000000000000000000000000"
SENDER = "+15005550006"


class Redirected(TwilioHttpClient):
    """Sends to the simulator what the library sends to Twilio."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def request(self, method, url, *args, **kwargs):
        url = url.replace("https://api.twilio.com", self.base)
        return super().request(method, url, *args, **kwargs)


def refused(send) -> int:
    """The error code of a call that must not succeed."""
    try:
        send()
    except TwilioRestException as error:
        return error.code
    raise AssertionError("it was taken")


def main(base: str) -> None:
    client = Client(ACCOUNT, "secret", http_client=Redirected(base))

    def send(to: str, body: str):
        return client.messages.create(to=to, from_=SENDER, body=body)

    before = len(client.messages.list(to="+15125550123"))
    first = send("+15125550123", "Hi 🚗 & co")
    assert (first.status, first.num_segments, first.date_sent) == ("queued", "1", None)
    fetched = client.messages(first.sid).fetch()
    assert (fetched.status, fetched.body, fetched.to) == ("delivered", "Hi 🚗 & co", "+15125550123")
    for number in range(5):
        send("+15125550123", f"text {number}")
    # The library follows the pages by itself.
    bodies = [m.body for m in client.messages.list(to="+15125550123", page_size=2)]
    assert bodies[:6] == [*(f"text {n}" for n in reversed(range(5))), "Hi 🚗 & co"], bodies
    assert len(bodies) == before + 6
    for to, code in [("+15005550001", 21211), ("+15005550004", 21610), ("+15005550009", 21614)]:
        assert refused(lambda: send(to, "x")) == code
    assert refused(lambda: client.messages("SM0").fetch()) == 20404
    stranger = Client("AC1", "secret", http_client=Redirected(base)).api.accounts(ACCOUNT)
    assert refused(lambda: stranger.messages.create(to="+1", from_=SENDER, body="x")) == 20003
    print("The simulator answers Twilio's library as Twilio does.")


if __name__ == "__main__":
    main(sys.argv[1])
