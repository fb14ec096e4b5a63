"""Packages on a clerk's own PC: one file to copy, run by Python 3.11 or later with nothing else installed."""
