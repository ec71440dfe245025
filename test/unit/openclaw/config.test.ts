import { describe, expect, test } from "vitest";
import {
  configVariables,
  parseConfigText,
  readConfigTree,
  substituteObject,
} from "../../../lib/openclaw/config/index.ts";

const HOME = "/h/.openclaw";
const MAIN = `${HOME}/openclaw.json`;

/** Reads a config whose files are given by path, relative ones in the config's directory. */
function read(files: Record<string, string>, includeRoots: readonly string[] = []) {
  const texts = new Map(
    Object.entries(files).map(([path, text]) => [
      path.startsWith("/") ? path : `${HOME}/${path}`,
      text,
    ]),
  );
  return readConfigTree({ configPath: MAIN, read: (path) => texts.get(path), includeRoots });
}

describe("reading a config", () => {
  test("takes JSON5 with comments, bare keys, single quotes and trailing commas", async () => {
    const tree = await read({ "openclaw.json": "// mine\n{ a: 'x', /* b */ b: [1, 2,], }\n" });
    expect(tree).toMatchObject({ status: "ok", value: { a: "x", b: [1, 2] }, files: [MAIN] });
  });

  test("takes a byte order mark", async () => {
    expect(await read({ "openclaw.json": '\ufeff{"a":1}' })).toMatchObject({ value: { a: 1 } });
  });

  test("merges includes as OpenClaw does: later over earlier, own keys over included, arrays in a row", async () => {
    const tree = await read({
      "openclaw.json":
        '{ $include: ["a.json5", "sub/b.json5"], own: 1, list: [3], deep: { o: 1 } }',
      "a.json5": '{ list: [1], from: "a", deep: { a: 1 } }',
      "sub/b.json5": '{ list: [2], from: "b", own: 2, nested: { $include: "./c.json5" } }',
      "sub/c.json5": "{ c: true }",
    });
    expect(tree.value).toEqual({
      list: [1, 2, 3],
      from: "b",
      own: 1,
      deep: { a: 1, o: 1 },
      nested: { c: true },
    });
    expect(tree.files).toEqual([
      MAIN,
      `${HOME}/a.json5`,
      `${HOME}/sub/b.json5`,
      `${HOME}/sub/c.json5`,
    ]);
    expect(tree.status).toBe("ok");
  });

  test("follows includes ten levels deep and no further", async () => {
    const chain = (levels: number): Record<string, string> => ({
      "openclaw.json": '{ $include: "1.json" }',
      ...Object.fromEntries(
        Array.from({ length: levels - 1 }, (_, i) => [
          `${i + 1}.json`,
          `{ $include: "${i + 2}.json" }`,
        ]),
      ),
      [`${levels}.json`]: "{ end: true }",
    });
    expect(await read(chain(10))).toMatchObject({ status: "ok", value: { end: true } });
    expect(await read(chain(11))).toMatchObject({
      status: "broken",
      value: {},
      problems: [expect.stringContaining("more than 10 levels")],
    });
  });

  test.each([
    [
      "includes itself",
      { "openclaw.json": '{ $include: "openclaw.json", a: 1 }' },
      "includes itself",
    ],
    [
      "includes in a circle",
      {
        "openclaw.json": '{ $include: "b.json", a: 1 }',
        "b.json": '{ $include: "openclaw.json" }',
      },
      "includes itself",
    ],
    [
      "includes a missing file",
      { "openclaw.json": '{ $include: "no.json", a: 1 }' },
      "does not exist",
    ],
    [
      "leaves its directory",
      { "openclaw.json": '{ $include: "../x.json", a: 1 }' },
      "lies outside",
    ],
    [
      "names a file by number",
      { "openclaw.json": "{ b: { $include: 5 }, a: 1 }" },
      "neither a file",
    ],
    [
      "includes what is not JSON5",
      { "openclaw.json": '{ $include: "b.json", a: 1 }', "b.json": "{" },
      "b.json",
    ],
  ])("gives the rest of a config that %s", async (_, files, problem) => {
    const tree = await read(files);
    expect(tree.status).toBe("broken");
    expect(tree.problems.join()).toContain(problem);
    if (tree.main !== undefined) expect(tree.value).toMatchObject({ a: 1 });
  });

  test("includes from a root that the user allowed", async () => {
    const files = {
      "openclaw.json": '{ $include: "/shared/x.json" }',
      "/shared/x.json": "{ x: 1 }",
    };
    expect(await read(files)).toMatchObject({ status: "broken" });
    expect(await read(files, ["/shared"])).toMatchObject({ status: "ok", value: { x: 1 } });
  });

  test("does not follow a link that leads an include out of its directory", async () => {
    const tree = await readConfigTree({
      configPath: MAIN,
      read: (path) => (path === MAIN ? '{ $include: "link.json" }' : "{ stolen: 1 }"),
      realPath: (path) => (path.endsWith("link.json") ? "/etc/passwd" : path),
    });
    expect(tree.value).toEqual({});
    expect(tree.problems.join()).toContain("a link leads it outside");
  });

  test.each([
    ["not an object", "[1]"],
    ["no JSON5", "{ a: "],
    ["empty", ""],
    ["not text", "\u0000\u0001\ufffd"],
    ["nested beyond reason", `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`],
    ["larger than any config", `{"a":"${"x".repeat(2 * 1024 * 1024)}"}`],
  ])("calls one broken that is %s", async (_, text) => {
    expect(await read({ "openclaw.json": text })).toMatchObject({ status: "broken", value: {} });
  });

  test("calls one missing that is not there", async () => {
    expect(await read({})).toMatchObject({ status: "missing", problems: [] });
  });

  test("does not let includes multiply", async () => {
    const many = JSON.stringify(Array.from({ length: 50 }, () => "b.json"));
    const files: Record<string, string> = { "openclaw.json": `{ a: { $include: ${many} } }` };
    const names = "bcdefghi";
    for (const [i, name] of [...names].entries()) {
      const next = names[i + 1];
      files[`${name}.json`] =
        next === undefined
          ? "{ l: [1] }"
          : `{ a: { $include: ${many.replaceAll("b.json", `${next}.json`)} }, l: [1] }`;
    }
    const tree = await read(files);
    expect(tree.status).toBe("broken");
    expect(tree.problems.join()).toContain("multiply");
  });

  test("does not read hundreds of files", async () => {
    const names = Array.from({ length: 500 }, (_, i) => `${i}.json`);
    const files = Object.fromEntries(names.map((name) => [name, "{}"]));
    const tree = await read({
      ...files,
      "openclaw.json": `{ $include: ${JSON.stringify(names)} }`,
    });
    expect(tree.status).toBe("broken");
    expect(tree.files.length).toBeLessThanOrEqual(200);
  });

  test("keeps hostile keys away from prototypes", async () => {
    const tree = await read({
      "openclaw.json":
        '{ "$include": "a.json", "__proto__": { "polluted": 1 }, "a": { "constructor": { "x": 1 } } }',
      "a.json": '{ "__proto__": { "polluted": 2 }, "b": 1 }',
    });
    expect(tree.value).toEqual({ a: {}, b: 1 });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("placeholders", () => {
  test("take the environment first, then .env, then the config's own env", () => {
    const config = { env: { A: "config", vars: { B: "config", C: "config" } } };
    const variables = configVariables({ A: "env" }, "A=dotenv\nB='dot env' # x\n", config);
    const value = {
      text: `\${A}/\${B}/\${C}`,
      other: [`\${MISSING}`, `$\${A}`, `\${lower}`, "$A"],
    };
    expect(substituteObject(value, variables)).toEqual({
      text: "env/dot env/config",
      other: [`\${MISSING}`, `\${A}`, `\${lower}`, "$A"],
    });
  });

  test("are not found in prototypes", () => {
    expect(substituteObject({ a: `\${__PROTO__}`, b: `\${CONSTRUCTOR}` }, {})).toEqual({
      a: `\${__PROTO__}`,
      b: `\${CONSTRUCTOR}`,
    });
  });
});

test("parsing refuses depth before it could exhaust the stack", () => {
  expect(() => parseConfigText("[".repeat(100_000))).toThrow();
  expect(() => parseConfigText(`${"[".repeat(200)}${"]".repeat(200)}`)).toThrow(/levels deep/);
});
