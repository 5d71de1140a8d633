"""The demo council: an invented borough in words, a seeded generator of its residents and ballots, and its seeding.

The words (`content`) and the generator are pure: they know no database, web or clock. `seeding` lives them through the
other rooms' services, and `preparing` does that once; `pb demo prepare` is what `make demo` runs.
"""
