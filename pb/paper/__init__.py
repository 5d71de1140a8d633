"""Paper ballots: printing, reception, keying twice blind, settling differences, sealing like any other ballot."""
