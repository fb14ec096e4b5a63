"""The catalogue desk: import, editing in bulk, export and print."""
