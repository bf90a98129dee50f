"""Small real servers for the other end of the wire: what providers do, spoken over real sockets."""
