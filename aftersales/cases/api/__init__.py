"""Cases of authorities by API."""
