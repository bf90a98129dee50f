"""What carriers and their aggregators post about parcels: one module for each format, behind one interface."""
