"""The pages that users see: their sentences and languages, what each offers, and how they look in a browser."""
