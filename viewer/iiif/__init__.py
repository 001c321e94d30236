"""IIIF over HTTP: images, presentation, content search, change discovery."""
