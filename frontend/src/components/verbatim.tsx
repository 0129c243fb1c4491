// A text as it came or as it is sent, with its own line ends; a keyboard can get to all of it.

export function Verbatim({ text }: { text: string }) {
  return (
    <pre tabIndex={0} style={{ margin: 0, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
      {text}
    </pre>
  );
}
