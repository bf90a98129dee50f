"""E-mail as bytes in and bytes out: reading any mail safely and writing mail that every client reads.

Nothing here touches the database or the network; the adapter calls these functions.
"""
