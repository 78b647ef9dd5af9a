"""Figures of merit for verification and identification, as pure functions of numpy arrays."""
