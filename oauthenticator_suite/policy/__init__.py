"""Who may come in, under which name and as what: decided from values alone."""
