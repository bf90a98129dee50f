"""The generic webhook: any system that can sign a request may bring customers' messages."""
