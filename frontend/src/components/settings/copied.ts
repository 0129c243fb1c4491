// Puts a text where it can be pasted from.

/** A frame may be kept from the clipboard; what the browser did of old still works then. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedOfOld(text);
  }
}

function copiedOfOld(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  const well = document.execCommand("copy");
  field.remove();
  return well;
}
