"""``check --online`` against the strict fakes: what is asked, and what is found in the answers."""
