"""What a person may look at, as plain data."""
