"""Picks, sealed ballots, receipts, close and opening. Never names beside choices."""
