"""Those who meet on a Janus server: rooms are opened, people come in with and without media, and leave."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack

PLUGIN = "janus.plugin.videoroom"


class Guest:
    """A session of its own on the server, as a participant's browser has one."""

    def __init__(self, client: httpx.Client, address: str, secret: str = "") -> None:
        self._client, self._root = client, f"{address}/janus"
        self._secret = {"apisecret": secret} if secret else {}
        self._session = f"{self._root}/{self._ask(self._root, {'janus': 'create'})['data']['id']}"
        attached = self._ask(self._session, {"janus": "attach", "plugin": PLUGIN})
        self._handle = f"{self._session}/{attached['data']['id']}"

    def _ask(self, address: str, body: dict[str, Any]) -> Any:
        answer = self._client.post(address, json={**body, **self._secret, "transaction": "guest"}).json()
        assert answer["janus"] in ("success", "ack"), answer
        return answer

    def tell(self, jsep: dict[str, str] | None = None, **request: Any) -> dict[str, Any]:
        """What the plugin answers to a request at once."""
        body = {"janus": "message", "body": request, **({"jsep": jsep} if jsep else {})}
        answered: dict[str, Any] = self._ask(self._handle, body).get("plugindata", {}).get("data", {})
        return answered

    def event(self, awaited: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The next event that is the awaited one; waits until the server tells it."""
        while True:
            told: dict[str, Any] = self._client.get(self._session, params={"maxev": "1", **self._secret}).json()
            if awaited(told):
                return told

    def open_room(self, room: int, description: str) -> None:
        """Open a room."""
        assert self.tell(request="create", room=room, description=description, publishers=9)["videoroom"] == "created"

    def close_room(self, room: int) -> None:
        """Close it, whoever is in it."""
        assert self.tell(request="destroy", room=room)["videoroom"] == "destroyed"

    def join(self, room: int, display: str) -> None:
        """Come into a room, without camera and microphone."""
        self.tell(request="join", ptype="publisher", room=room, display=display)
        told = self.event(lambda told: of_plugin(told).get("videoroom") == "joined" or "error" in of_plugin(told))
        assert "error" not in of_plugin(told), told

    def leave(self) -> None:
        """Go out of the room."""
        self.tell(request="leave")
        self.event(lambda told: "leaving" in of_plugin(told))

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[None]:
        """With the microphone on, as a real WebRTC peer, once the server receives its sound."""
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        try:
            peer.addTrack(AudioStreamTrack())
            await peer.setLocalDescription(await peer.createOffer())
            offer = {"type": peer.localDescription.type, "sdp": peer.localDescription.sdp}
            await asyncio.to_thread(self.tell, offer, request="publish", audio=True, video=False)
            answer = (await asyncio.to_thread(self.event, lambda told: "jsep" in told))["jsep"]
            await peer.setRemoteDescription(RTCSessionDescription(sdp=answer["sdp"], type=answer["type"]))
            await asyncio.to_thread(self.event, lambda told: told["janus"] == "media" and told["receiving"])
            yield
        finally:
            await peer.close()

    def vanish(self) -> None:
        """End the session without a word, as a browser does that is closed."""
        self._ask(self._session, {"janus": "destroy"})


def of_plugin(told: dict[str, Any]) -> dict[str, Any]:
    """What the plugin says in an event."""
    said: dict[str, Any] = told.get("plugindata", {}).get("data", {})
    return said


@contextmanager
def guests(address: str, count: int, secret: str = "") -> Iterator[list[Guest]]:
    """Some people before the door."""
    with httpx.Client(timeout=20) as client:
        yield [Guest(client, address, secret) for _ in range(count)]
