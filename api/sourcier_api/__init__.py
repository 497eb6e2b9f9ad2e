"""The HTTP interface, the command line and the built page."""
