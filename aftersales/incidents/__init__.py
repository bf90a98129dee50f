"""Incidents: claims on one product or lot above their usual rate, found by statistics and explained."""
