"""The exceptions of a simulated Odoo, under the names that its answers carry."""

from __future__ import annotations


class OdooError(Exception):
    """`name` is what an answer says; `status` is JSON-2's, as JSON-RPC says 200 to everything."""

    name = "builtins.Exception"
    status = 500


class UserError(OdooError):
    name, status = "odoo.exceptions.UserError", 422


class ValidationError(OdooError):
    name, status = "odoo.exceptions.ValidationError", 422


class AccessError(OdooError):
    name, status = "odoo.exceptions.AccessError", 403


class MissingError(OdooError):
    name, status = "odoo.exceptions.MissingError", 404


class NotThere(OdooError):
    """An unknown model or method."""

    name, status = "werkzeug.exceptions.NotFound", 404


class NoModel(NotThere):
    """Of which JSON-RPC speaks as of a mistake of the user's."""


class Unprocessable(OdooError):
    """A method called with arguments that it does not have, or without one that it needs."""

    name, status = "werkzeug.exceptions.UnprocessableEntity", 422


class BadRequest(OdooError):
    name, status = "werkzeug.exceptions.BadRequest", 400


class Unauthorized(OdooError):
    name, status = "werkzeug.exceptions.Unauthorized", 401


class AccessDenied(OdooError):
    name, status = "odoo.exceptions.AccessDenied", 401


class NoDatabase(OdooError):
    """Of a name that the database server does not know, which older versions hand on as it says so."""

    name = "psycopg2.OperationalError"


class UnknownField(OdooError):
    name, status = "builtins.ValueError", 500
