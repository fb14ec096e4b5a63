"""Being used: the record page, page images in place, originals, export with proof."""
