"""From a folder of files to a published Work."""
