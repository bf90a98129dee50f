"""One port for pages and sockets: what stands between the ASGI server and Django.

Pages run in Django's WSGI handler, in a few threads, because they are bound by the processor; whatever is slow for other
reasons (a body that dribbles in, a file that is streamed out, a socket) never holds one of those threads.
"""

INTERNAL_FILE_HEADER = "X-Internal-File"
