"""Moothall: participatory budgeting and deliberation. Kept empty so that `import pb.counting` loads no web code."""
