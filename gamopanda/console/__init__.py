"""Pages of the administration that look at everything: home, search, results, preview."""
