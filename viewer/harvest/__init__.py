"""What machines fetch whole: OAI-PMH, record formats, downloads."""
