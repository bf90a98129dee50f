"""Pages of after-sales for the desk: claims in tickets, the claim page, lists, and the settings of policies and causes."""
