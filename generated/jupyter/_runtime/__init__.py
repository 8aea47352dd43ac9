"""The runtime of a generated client: typed, dependency-light, copied byte for byte into each package."""
