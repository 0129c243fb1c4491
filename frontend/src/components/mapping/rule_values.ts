// Several values in one line, as people write them: parted by semicolons, in quotes where one holds a semicolon itself.

const PIECE = /\s*(?:"((?:[^"]|"")*)"\s*|([^;]*))(;|$)/y;

/** What stands between semicolons, without the blanks around it; what is empty is left out. */
export function listed(text: string): string[] {
  const found: string[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const from = PIECE.lastIndex;
    const [, quoted, plain = "", end] = PIECE.exec(text) ?? unquoted(text, from);
    const value = quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"');
    if (value) found.push(value);
    if (!end) break;
  }
  return found;
}

/** A quote that is never closed, or that something follows, is a sign like any other. */
function unquoted(text: string, from: number): [string, undefined, string, string] {
  const at = text.indexOf(";", from);
  const plain = text.slice(from, at < 0 ? undefined : at);
  PIECE.lastIndex = at < 0 ? text.length : at + 1;
  return ["", undefined, plain, at < 0 ? "" : ";"];
}

export function told(values: readonly string[]): string {
  return values.map((value) => (/[;"]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join("; ");
}
