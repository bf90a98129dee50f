"""The API as a channel: customers' messages that other systems post for them."""
