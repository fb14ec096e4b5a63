"""Coming in: transfers from the units, from a package on the doorstep to a closed, indexed accession."""
