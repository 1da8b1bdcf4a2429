"""Speed, as ratios: the parts of `make bench`."""
