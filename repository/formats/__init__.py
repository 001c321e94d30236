"""A PageText in the formats that others use: ALTO, hOCR, PAGE XML, PDF."""
