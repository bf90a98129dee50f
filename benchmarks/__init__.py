"""How fast the product is: seeded databases of three sizes, load over its real doors, figures per request."""
