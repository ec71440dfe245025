import { expect, test } from "vitest";
import { MEMBER_BYTES, MemberCutter } from "../../../../lib/archive/write/member-cutter.ts";

const MIB = MEMBER_BYTES;

/** Announces entries of these sizes, pushes their bytes in chunks, and gives each member's length and each entry's member. */
function cut(sizes: readonly number[], chunkSize: number) {
  const members: number[] = [];
  const cutter = new MemberCutter((bytes) => {
    members.push(bytes.length);
    cutter.recycle(bytes);
  });
  const entries = sizes.map((size) => {
    const member = cutter.announce(size);
    for (let at = 0; at < size; at += chunkSize) {
      cutter.push(Buffer.alloc(Math.min(chunkSize, size - at)));
    }
    return member;
  });
  cutter.end();
  return { members, entries };
}

test.each([512, 1024, 65_536, MIB, 3 * MIB])(
  "MemberCutter begins a member with an entry's header, with chunks of %d bytes",
  (chunkSize) => {
    const sizes = [
      1024,
      MIB / 2,
      MIB / 2,
      512,
      3 * MIB + 512,
      1024,
      2 * MIB,
      MIB,
      MIB,
      512,
      MIB - 512,
      512,
    ];
    const { members, entries } = cut(sizes, chunkSize);
    expect(members.reduce((a, b) => a + b)).toBe(sizes.reduce((a, b) => a + b));
    expect(Math.max(...members)).toBeLessThanOrEqual(MIB);
    expect(Math.min(...members)).toBeGreaterThan(0);
    expect(Math.max(...entries)).toBeLessThan(members.length);
    // Entries that share a member fit into it whole; a larger one has its members for itself.
    const starts = new Map<number, number>();
    let offset = 0;
    for (const [i, size] of sizes.entries()) {
      const member = entries[i] as number;
      const memberStart = members.slice(0, member).reduce((a, b) => a + b, 0);
      if (!starts.has(member)) {
        starts.set(member, offset);
        expect(memberStart).toBe(offset);
      } else expect(offset + size - memberStart).toBeLessThanOrEqual(MIB);
      offset += size;
    }
  },
);

test("MemberCutter announces a file of terabytes at once", () => {
  const cutter = new MemberCutter(() => undefined);
  expect(cutter.announce(4 * 1024 * 1024 * MIB)).toBe(0);
  expect(cutter.announce(512)).toBe(4 * 1024 * 1024);
});

test("MemberCutter fills members with small entries", () => {
  const { members } = cut(
    Array.from({ length: 1000 }, () => 5632),
    5632,
  );
  expect(members.length).toBe(Math.ceil((1000 * 5632) / MIB));
});
