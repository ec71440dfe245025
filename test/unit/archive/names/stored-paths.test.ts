import { describe, expect, test } from "vitest";
import { DAMAGED, StoredPaths } from "../../../../lib/archive/names/index.ts";
import { foldPath } from "../../../../lib/archive/names/stored-paths.ts";

const STATE = "/home/u/.openclaw";
const open = () =>
  new StoredPaths({
    stateDir: STATE,
    managedDatabases: [
      `${STATE}/state/openclaw.sqlite`,
      `${STATE}/agents/main/agent/openclaw-agent.sqlite`,
    ],
  });

describe("StoredPaths", () => {
  test("mirrors the source path", () => {
    expect(open().place(`${STATE}/a/B.txt`, "file")).toBe("payload/posix/home/u/.openclaw/a/B.txt");
  });

  test("puts raw bytes of a damaged database aside", () => {
    expect(open().place("/srv/x.sqlite", "file", DAMAGED)).toBe("clawback/damaged/srv/x.sqlite");
  });

  test.each([
    ["Foo", "foo"],
    ["caf\u00e9", "cafe\u0301"],
    ["\u212ax", "kx"],
    ["ΑΣ", "ας"],
    ["straße", "STRASSE"],
    ["ﬁle", "file"],
  ])("escapes the second of the twins %j and %j", (first, second) => {
    const names = open();
    expect(names.place(`/srv/${first}`, "file")).toBe(`payload/posix/srv/${first}`);
    expect(names.place(`/srv/${second}`, "file")).toMatch(
      /^payload\/posix\/srv\/clawback~[a-z0-9%.]+$/,
    );
  });

  test("stores what is in an escaped directory below its escape", () => {
    const names = open();
    names.place("/srv/Dir", "dir");
    const stored = names.place("/srv/dir", "dir");
    expect(stored).toBe("payload/posix/srv/clawback~dir");
    expect(names.place("/srv/dir/sub", "dir")).toBe(`${stored}/sub`);
    expect(names.place("/srv/dir/sub/x", "file")).toBe(`${stored}/sub/x`);
    expect(names.place("/srv/Dir/x", "file")).toBe("payload/posix/srv/Dir/x");
    expect(names.find("/srv/dir/sub/x")).toBe(`${stored}/sub/x`);
  });

  test("keeps the state directory's own name, whichever twin comes first", () => {
    const names = open();
    expect(names.place("/home/u/.OpenClaw", "dir")).toBe(
      "payload/posix/home/u/clawback~.%4fpen%43law",
    );
    expect(names.place("/home/U/x", "file")).toBe("payload/posix/home/clawback~%55/x");
    expect(names.place(STATE, "dir")).toBe("payload/posix/home/u/.openclaw");
  });

  test("lets nothing but the database stand where OpenClaw looks for it", () => {
    const names = open();
    const at = `payload/posix${STATE}/state`;
    expect(names.place(`${STATE}/state/OPENCLAW.sqlite`, "file")).toBe(
      `${at}/clawback~%4f%50%45%4e%43%4c%41%57.sqlite`,
    );
    expect(names.place(`${STATE}/state/openclaw.sqlite-wal`, "file")).toBe(
      `${at}/clawback~openclaw.sqlite-wal`,
    );
    expect(names.place(`${STATE}/state/openclaw.sqlite`, "file")).toBe(`${at}/openclaw.sqlite`);
  });

  test("puts a link in a database's place aside", () => {
    const names = open();
    expect(names.place(`${STATE}/state/openclaw.sqlite`, "symlink")).toBe(
      `payload/posix${STATE}/state/clawback~openclaw.sqlite`,
    );
  });

  test("takes no path twice", () => {
    const names = open();
    for (const path of ["/srv/a", "/srv/A", "/srv/C:x"]) {
      expect(names.place(path, "file")).toBeDefined();
      expect(names.place(path, "file")).toBeUndefined();
      expect(names.place(path, "symlink")).toBeUndefined();
    }
    expect(names.place("/srv/d", "dir")).toBeDefined();
    expect(names.place("/srv/d", "dir")).toBeUndefined();
  });

  test("takes nothing below what is no directory, and no file where there is one", () => {
    const names = open();
    names.place("/srv/a", "symlink");
    expect(names.place("/srv/a/b", "file")).toBeUndefined();
    names.place("/srv/x/y", "file");
    expect(names.place("/srv/x", "file")).toBeUndefined();
    expect(names.place("/srv/x", "dir")).toBe("payload/posix/srv/x");
  });

  test("escapes a long name in which node-tar could cut a character", () => {
    const names = open();
    const name = "語".repeat(80);
    const paths = [1, 2, 3].map((depth) => `/srv${`/${name}`.repeat(depth)}`);
    const stored = paths.map((path) => names.place(path, "dir") ?? "");
    expect(stored[0]).toBe(`payload/posix/srv/${name}`);
    expect(stored[1]).toBe(`payload/posix/srv/${name}/${name}`);
    expect(stored[2]).toMatch(/\/clawback~~[0-9a-f]{32}~[%0-9a-f]+$/);
    expect(names.place(`${paths[2]}/plain`, "file")).toBe(`${stored[2]}/plain`);
  });
});

test("foldPath makes equal whatever OpenClaw takes for equal", () => {
  for (const path of ["A/É", "ΑΣ.x/Σ", "İ", "ǅ", "ẞ", "ﬃ", "\u0345Α"]) {
    for (const twin of [
      path.toLowerCase(),
      path.normalize("NFD"),
      path.normalize("NFC").toLowerCase(),
    ]) {
      const isTwin = twin.normalize("NFC").toLowerCase() === path.normalize("NFC").toLowerCase();
      if (isTwin) expect(foldPath(twin)).toBe(foldPath(path));
    }
  }
});
