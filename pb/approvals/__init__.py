"""Two people for one act: asked for by one, approved by another. Knows no act by name: rooms declare theirs."""
