"""Names behind a dot are names, also those that are words of the language: `page.offset`, `order.for`."""

from __future__ import annotations

from itertools import pairwise

from liquid import Token, TokenStream
from liquid.token import TOKEN_DOT, TOKEN_WORD


class Dotted(TokenStream):
    """The library takes `offset`, `limit`, `for` and others for words of its own wherever they stand in an expression."""

    def into_inner(self, *, tag: Token | None = None, eat: bool = True) -> TokenStream:
        inner = super().into_inner(tag=tag, eat=eat)
        inner.tokens[1:] = [_named(before, token) for before, token in pairwise(inner.tokens)]
        return inner


def _named(before: Token, token: Token) -> Token:
    plain = before.kind == TOKEN_DOT and token.kind == token.value and token.value.isidentifier()
    return token._replace(kind=TOKEN_WORD) if plain else token
