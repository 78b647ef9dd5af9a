"""Many recognisers and many cameras: a simulation with recorded costs, checked by real processes."""
