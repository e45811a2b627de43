"""How the console writes instants: on a clock of 24 hours, with the zone."""

DATETIME_FORMAT = "N j, Y, H:i T"
