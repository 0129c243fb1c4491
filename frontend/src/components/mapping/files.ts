// Files in and out of the browser: a text is read as it was chosen, or saved where the person keeps such things.

/** What one request takes, with some room for what JSON puts around it. */
const MOST = 1_500_000;

export type Unread = "long" | "encoding";

export async function read(file: Blob): Promise<{ text: string } | { wrong: Unread }> {
  if (file.size > MOST) return { wrong: "long" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()) };
  } catch {
    return { wrong: "encoding" };
  }
}

export function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
}
