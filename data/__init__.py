"""The ledger: every SQL statement, the migrations, and the corpora that ship.

Domain values go in and come out. Every instant is given by the caller; no clock is read here.
"""
