"""Demo data: an appliance and electronics seller, its people, customers and conversations. Used in demo mode only."""
