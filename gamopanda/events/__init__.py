"""Events: what happens is told to webhook endpoints and in a list to read along."""
