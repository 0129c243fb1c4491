// Files on their way in.
import { expect, test } from "vitest";
import { read } from "../src/components/mapping/files";

test("a file is read as the text it is, or not at all", async () => {
  expect(await read(new Blob(["key,value\nZürich,Z\n"]))).toEqual({ text: "key,value\nZürich,Z\n" });
  expect(await read(new Blob([new Uint8Array([0x5a, 0xfc, 0x72])]))).toEqual({ wrong: "encoding" });
  expect(await read(new Blob(["x".repeat(1_500_001)]))).toEqual({ wrong: "long" });
});
