"""What stands, what fails, what is missing."""
