"""Where help is to be had: the installation's docs, whom to ask, and a text about its state that may be passed on."""

from __future__ import annotations

import strawberry

from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.operations import diagnostics
from app.settings import VERSION


@strawberry.type(description="Where help is to be had.")
class Help:
    version: str = strawberry.field(description="Which Stockbridge this is.")
    support_contact: str | None = strawberry.field(
        description="Whom to ask: an e-mail address or an address of the web, as whoever runs this server set it; null: nobody."
    )
    docs_url: str | None = strawberry.field(description="Where its docs are read; null: where its source is.")


@strawberry.type
class HelpQuery:
    @strawberry.field(description="Where help is to be had.", extensions=[Needs(Scope.READ_STATUS)])
    async def help(self, info: Info) -> Help:
        settings = info.context.core.settings
        return Help(version=VERSION, support_contact=settings.support_contact, docs_url=settings.docs_url)

    @strawberry.field(
        description="Versions, states, counts and codes of this organisation as a text to be passed on to whoever helps."
        " No secret, no name, no address and nothing that a person wrote is in it.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def diagnostics(self, info: Info) -> str:
        return await diagnostics.bundle(info.context.core, info.context.tenant)
