"""The domain and its probability models, on plain values.

Imports nothing above it, reads no clock, no file and no environment.
"""
