"""The demo: the four streaks of the product page, with members who are somewhere in every state of them."""
