"""What the council publishes as files: pack, tables, `.pb`, grants, feeds, calendar, cards. No counting of its own."""
