"""Who may do what: users with roles, sign-ins with tokens, keys for programs. Knows no HTTP.

accounts = Accounts(store)
first = accounts.first_admin(now_s)            # once in a store's life; print its password
tokens = accounts.sign_in("admin", first.password, "192.0.2.7", now_s)
principal = accounts.by_token(tokens.access, now_s)
principal.require(Scope.PEOPLE_WRITE)          # or Forbidden
"""
