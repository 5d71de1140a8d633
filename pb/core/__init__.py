"""Tools every room uses: database base, access, pages, clock, forms, errors. No rules about money or votes."""
