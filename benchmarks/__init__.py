"""Benchmarks: commands that measure the model on labelled records and print what they find."""
