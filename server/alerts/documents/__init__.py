"""What a user writes down: watchlists, rules, zones, fences, channels, silences, the site.

Each is a frozen document with one form for HTTP, the TOML file and the store; a key that it does
not have is an error which names the nearest that it has.
"""
