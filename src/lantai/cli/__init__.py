"""The command line ``lantai``: thin, written for scripts as much as for people."""
