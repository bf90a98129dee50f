"""One port for pages and sockets: what stands between the ASGI server and Django.

Pages run in Django's WSGI handler, in a few threads, because they are bound by the processor; whatever is slow for other
reasons (a body that dribbles in, a file that is streamed out, a socket) never holds one of those threads.
"""

from urllib.parse import quote

INTERNAL_FILE_HEADER = "X-Internal-File"


def internal_file(name: str) -> str:
    """The value of ``INTERNAL_FILE_HEADER`` by which a view has the entry stream the file ``name`` below MEDIA_ROOT.

    The view answers with an empty body and the headers that the client shall see (type, disposition, caching).
    """
    return quote(name)
