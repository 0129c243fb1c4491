"""`stockbridge bench api`."""
