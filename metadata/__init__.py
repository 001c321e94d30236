"""Pure description: records, dates, places, vocabularies, crosswalks. No files, no SQL, no HTTP."""
