"""After-sales in the customer's portal: apply, follow, register what one owns, scan a label."""
