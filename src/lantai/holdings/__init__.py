"""The catalogue: fonds, series, files, items and their components, and who may see them."""
