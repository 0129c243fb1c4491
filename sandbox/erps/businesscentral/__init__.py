"""A simulated Dynamics 365 Business Central, online: API v2.0 as OData, its Entra sign-in, posting, journals and batches."""
