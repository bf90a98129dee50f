"""The API's views of tickets: who asks, what they send, one service or selector, one answer."""
