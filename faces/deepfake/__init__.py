"""Signs that a face was made or exchanged by a program; never the assertion that it is real.

Each file looks at one thing and gives a `Cue`; `verdict_on` puts them together.
"""
