"""Every figure that the README claims, one command each: `python -m benchmarks.NAME --help`."""
