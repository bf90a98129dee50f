"""Products, orders and things that customers own, as other systems tell of them: by API, webhook or table."""
