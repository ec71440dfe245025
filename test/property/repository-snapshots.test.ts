import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBackupError } from "../../lib/base/index.ts";
import {
  decodeSnapshot,
  encodeSnapshot,
  type Snapshot,
} from "../../lib/repository/snapshot/index.ts";
import { anyDamage, applyDamage } from "../helpers/damage.ts";
import { anyHexId, anyTime } from "../helpers/tree-nodes.ts";

const ID = "3f2a91c0".repeat(8);

const anyText = fc.string({ unit: "binary", maxLength: 8 }).map((text) => text.toWellFormed());
const someText = anyText.filter((text) => text !== "");
const someTexts = fc.array(anyText, { minLength: 1, maxLength: 3 });
const anyCount = fc.maxSafeNat();
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const anySnapshot: fc.Arbitrary<Snapshot> = fc.record({
  time: anyTime,
  parent: optional(anyHexId),
  tree: anyHexId,
  paths: fc.array(anyText, { maxLength: 3 }),
  hostname: optional(someText),
  username: optional(someText),
  uid: optional(fc.integer({ min: 1, max: 0xffff_ffff })),
  gid: optional(fc.integer({ min: 1, max: 0xffff_ffff })),
  excludes: optional(someTexts),
  tags: optional(someTexts),
  original: optional(anyHexId),
  programVersion: optional(someText),
  summary: optional(
    fc.record({
      ...{ backupStart: anyTime, backupEnd: anyTime, filesNew: anyCount, filesChanged: anyCount },
      ...{ filesUnmodified: anyCount, dirsNew: anyCount, dirsChanged: anyCount },
      ...{ dirsUnmodified: anyCount, dataBlobs: anyCount, treeBlobs: anyCount },
      ...{ dataAdded: anyCount, dataAddedPacked: anyCount },
      ...{ totalFilesProcessed: anyCount, totalBytesProcessed: anyCount },
    }),
  ),
});

describe("snapshots", () => {
  it("come back as they were, and to the same bytes", () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const bytes = encodeSnapshot(snapshot);
        const decoded = decodeSnapshot(bytes, ID);
        expect(decoded).toEqual({ id: ID, ...snapshot });
        expect(encodeSnapshot(decoded).equals(bytes)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("that were cut, flipped, extended or made up are told from good ones, quickly", () => {
    const decodeDamaged = (bytes: Uint8Array) => {
      try {
        const snapshot = decodeSnapshot(bytes, ID);
        expect(decodeSnapshot(encodeSnapshot(snapshot), ID).tree).toBe(snapshot.tree);
      } catch (error) {
        if (!isBackupError(error, "data-corrupt", "limit-exceeded")) throw error;
      }
    };
    const damages = fc.array(anyDamage, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(anySnapshot, damages, (snapshot, list) => {
        decodeDamaged(list.reduce<Uint8Array>(applyDamage, encodeSnapshot(snapshot)));
      }),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodeDamaged), { numRuns: 1000 });
  });
});
