"""The demo council: an invented borough in words, and a seeded generator of its residents and ballots.

Pure data and pure functions: nothing here knows the database, the web or the clock.
The command that turns this into rows lives with the command line.
"""
