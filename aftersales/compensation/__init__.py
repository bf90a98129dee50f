"""What customers are given: refunds split over how they paid, and compensation by rule, within limits, through the ledger."""
