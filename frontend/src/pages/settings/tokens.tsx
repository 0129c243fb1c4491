// API tokens: making one, which is shown once, the list of them, and ending one.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { ApiTokenRevokeDocument, ApiTokensDocument } from "../../api/typed";
import type { ApiTokensQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { Asked } from "../../components/asked";
import { useChange } from "../../components/change";
import { Barred, useMay } from "../../components/may";
import { PagedTable, usePages } from "../../components/paged";
import type { Pages } from "../../components/paged";
import { ShownOnce } from "../../components/settings/shown_once";
import { TokenForm } from "../../components/settings/token_form";
import type { Made } from "../../components/settings/token_form";
import { when } from "../../components/shown";
import { texts } from "../../texts";
import { team } from "../../texts/team";
import { tokens as words } from "../../texts/tokens";

type Token = ApiTokensQuery["apiTokens"]["nodes"][number];

export function Tokens() {
  const { may, role } = useMay();
  const [made, show] = useState<Made>();
  return (
    <s-page heading={words.heading}>
      <s-link slot="breadcrumb-actions" href="/settings">
        {team.back}
      </s-link>
      <Barred needs="MANAGE_TOKENS" />
      {made && <ShownOnce heading={words.made(made.name)} once={words.once} label={words.token} secret={made.secret} done={() => show(undefined)} />}
      {may("MANAGE_TOKENS") && <TokenForm role={role} show={show} />}
      {may("MANAGE_TOKENS") && <Listed />}
    </s-page>
  );
}

function Listed() {
  const pages = usePages();
  const query = useQuery({
    queryKey: ["tokens", pages.after],
    queryFn: () => ask(ApiTokensDocument, { after: pages.after }),
    placeholderData: keepPreviousData,
  });
  return (
    <s-section heading={words.list} padding="none">
      <Answer query={query} empty={({ apiTokens }) => (apiTokens.nodes.length ? undefined : <None />)}>
        {({ apiTokens }) => <List page={apiTokens} pages={pages} />}
      </Answer>
    </s-section>
  );
}

function None() {
  return (
    <s-empty-state heading={words.empty}>
      <s-text slot="subheading">{words.emptyMore}</s-text>
    </s-empty-state>
  );
}

function List({ page, pages }: { page: ApiTokensQuery["apiTokens"]; pages: Pages }) {
  return (
    <PagedTable pages={pages} info={page.pageInfo}>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.name}</s-table-header>
        <s-table-header listSlot="labeled">{words.scope}</s-table-header>
        <s-table-header listSlot="labeled">{words.begun}</s-table-header>
        <s-table-header listSlot="labeled">{words.used}</s-table-header>
        <s-table-header listSlot="inline">{words.state}</s-table-header>
        <s-table-header listSlot="labeled">{team.does}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.nodes.map((token) => (
          <s-table-row key={token.id}>
            <s-table-cell>{token.name}</s-table-cell>
            <s-table-cell>{token.scopes.map((scope) => words.scopes[scope]).join(", ")}</s-table-cell>
            <s-table-cell>{when(token.madeAt)}</s-table-cell>
            <s-table-cell>{when(token.usedAt)}</s-table-cell>
            <s-table-cell>{ending(token)}</s-table-cell>
            <s-table-cell>{over(token) ? texts.general.unknown : <Revocation token={token} />}</s-table-cell>
          </s-table-row>
        ))}
      </s-table-body>
    </PagedTable>
  );
}

function over({ revokedAt, expiresAt }: Token): boolean {
  return Boolean(revokedAt) || (Boolean(expiresAt) && new Date(expiresAt ?? "") <= new Date());
}

function ending(token: Token): string {
  if (token.revokedAt) return words.revoked(when(token.revokedAt));
  if (!token.expiresAt) return words.never;
  return over(token) ? words.ended(when(token.expiresAt)) : when(token.expiresAt);
}

function Revocation({ token }: { token: Token }) {
  const revoke = useChange(
    ApiTokenRevokeDocument,
    (result) => result.apiTokenRevoke,
    () => words.gone,
  );
  return (
    <Asked
      label={words.revoke}
      named={words.revokeOf(token.name)}
      heading={words.revokeOf(token.name)}
      act={words.revoke}
      critical
      of={revoke}
      press={(close) => revoke.mutate({ token: token.id }, { onSuccess: ({ apiTokenRevoke }) => apiTokenRevoke.userErrors.length === 0 && close() })}
    >
      <s-paragraph>{words.revokeMore}</s-paragraph>
    </Asked>
  );
}
