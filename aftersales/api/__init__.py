"""After-sales by API: claims and their moves, approvals, incidents."""
