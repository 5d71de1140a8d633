"""Voting where people are: with somebody's help, on the phone, at a shared screen that clears itself."""
