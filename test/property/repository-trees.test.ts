import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOfText, isBackupError } from "../../lib/base/index.ts";
import { goQuote, goUnquote } from "../../lib/repository/tree/go-quote.ts";
import { decodeTree, encodeTree } from "../../lib/repository/tree/index.ts";
import { anyDamage, applyDamage } from "../helpers/damage.ts";
import { anyName, anyTree } from "../helpers/tree-nodes.ts";

const ID = "3f2a91c0".repeat(8);

/** Decodes what may be damaged: a tree, or a failure that says so. */
function decodeDamaged(bytes: Uint8Array): void {
  try {
    const tree = decodeTree(bytes, ID);
    expect(decodeTree(encodeTree(tree), ID)).toEqual(tree);
  } catch (error) {
    if (!isBackupError(error, "data-corrupt", "limit-exceeded")) throw error;
  }
}

describe("trees", () => {
  it("come back as they were, and to the same bytes", () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        const bytes = encodeTree(tree);
        const decoded = decodeTree(bytes, ID);
        expect(decoded).toEqual(tree);
        expect(encodeTree(decoded).equals(bytes)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("hold names of any bytes, printable text only", () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const quoted = goQuote(name);
        expect(quoted.isWellFormed()).toBe(true);
        expect(quoted).not.toMatch(/\p{Cc}/u);
        expect(bytesOfText(goUnquote(quoted) ?? "")).toEqual(bytesOfText(name));
      }),
      { numRuns: 5000 },
    );
  });

  it("that were cut, flipped, extended or made up are told from good ones, quickly", () => {
    fc.assert(
      fc.property(anyTree, fc.array(anyDamage, { minLength: 1, maxLength: 3 }), (tree, damages) => {
        decodeDamaged(damages.reduce<Uint8Array>(applyDamage, encodeTree(tree)));
      }),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodeDamaged), { numRuns: 1000 });
    const anyJson = fc.record({ nodes: fc.array(fc.jsonValue()) });
    fc.assert(
      fc.property(anyJson, (json) => decodeDamaged(Buffer.from(JSON.stringify(json)))),
      { numRuns: 1000 },
    );
  });
});
