"""Many recognisers and cameras: simulated with recorded costs, and checked by real processes."""
