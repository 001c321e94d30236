"""Everything that leaves over HTTP: pages for people, IIIF and OAI for machines."""
