"""One parser per format; every parser yields a canonical text with pages, boxes and heading paths."""
