"""Home, your area, help and the pages a council must have."""
