"""The ERP adapters. A package, so that what its conftest starts ends with the last file of it."""
