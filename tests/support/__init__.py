"""What tests of several rooms share; no test imports another test or a conftest."""
