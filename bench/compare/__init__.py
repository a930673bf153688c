"""Runs Larder and its peers in turn on the same work; see bench/README.md."""
