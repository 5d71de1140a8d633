"""The demo council's years, lived through the other rooms' services in the order of time.

One module a room; each turns words into steps (`story.Step`), and `story.tell` takes all steps in the order of their
times, so that the decision record, the log and the mail come out as they would have.
"""
