"""The web page: its files, held in memory, and `/config.js`. Every unknown path shows the page.

All addresses are relative, so that a reverse proxy may put the whole under a path of its own choice, and need not tell.
Nothing is looked up in the file system for a request, so no path can reach out of the folder.
"""

import mimetypes
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

INDEX = "index.html"

CONFIG_JS = "config.js"
CONFIG = 'window.COWBOY_SERVER = "";\nwindow.COWBOY_SHOW_BOTS = true;\nwindow.COWBOY_MAX_TURNS = %d;\n'
"""Same origin, bots offered: the arena serves the page itself and comes with bots. The last is ours."""

HERE = b'"./'
"""How the page's addresses begin, seen from the root."""

HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Site:
    """An endpoint for everything that is not `/v2`."""

    def __init__(self, max_turns: int) -> None:
        folder = resources.files("cowboy.arena").joinpath("page")
        self._files = {item.name: item.read_bytes() for item in folder.iterdir() if item.is_file()}
        self._files[CONFIG_JS] = (CONFIG % max_turns).encode()

    async def show(self, request: Request) -> Response:
        """The file of that name, or else the page itself."""
        path = request.path_params["path"]
        name = path if path in self._files else INDEX
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        content = self._files[name]
        if name == INDEX:
            # Undecoded, as the browser sees it: there a %2F does not lead a folder down.
            depth = request.scope["raw_path"].count(b"/") - 1
            content = content.replace(HERE, b'"' + (b"../" * depth or b"./"))
        return Response(content, media_type=media_type, headers=HEADERS)
