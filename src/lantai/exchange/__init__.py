"""Faces for machines: REST, OAI-PMH, sitemap."""
