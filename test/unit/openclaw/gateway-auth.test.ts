import JSON5 from "json5";
import { describe, expect, test } from "vitest";
import {
  type ConfigReader,
  type GatewayAuth,
  keepGatewayAuth,
  readGatewayAuth,
} from "../../../lib/openclaw/index.ts";

const MAIN = "/h/.openclaw/openclaw.json";

function config(files: Record<string, string>): ConfigReader {
  const texts = new Map(
    Object.entries(files).map(([name, text]) => [`/h/.openclaw/${name}`, text]),
  );
  return { configPath: MAIN, read: (path) => texts.get(path) };
}

const only = (text: string): ConfigReader => config({ "openclaw.json": text });
const LIVE: GatewayAuth = { mode: "token", token: "of-this-host" };

/** The texts after the edit, by file name. */
async function kept(reader: ConfigReader, live: GatewayAuth | undefined = LIVE) {
  const { edits, note } = await keepGatewayAuth(reader, live);
  return {
    note,
    texts: Object.fromEntries(edits.map(({ path, text }) => [path.split("/").at(-1), text])),
  };
}

describe("keeping this host's gateway token", () => {
  test("changes the token and leaves every other character", async () => {
    const text = `// notes\n{\n  $schema: 'x',\n  gateway: {\n    auth: { mode: 'token', token: "of-backup" }, // secret\n  },\n  models: { key: "\${KEY}" },\n}\n`;
    const { texts, note } = await kept(only(text));
    expect(texts).toEqual({ "openclaw.json": text.replace("of-backup", "of-this-host") });
    expect(note).toBeUndefined();
  });

  test("changes nothing when the token is the same", async () => {
    const text = `{ gateway: { auth: { token: "of-this-host" } } }`;
    expect(await kept(only(text))).toEqual({ texts: {}, note: undefined });
  });

  test.each([undefined, {}])("changes nothing when this host has none (%j)", async (live) => {
    expect((await kept(only(`{ gateway: { auth: { token: "b" } } }`), live ?? {})).texts).toEqual(
      {},
    );
  });

  test("edits the included file when the token comes from there", async () => {
    const { texts } = await kept(
      config({
        "openclaw.json": `{ $include: ["./base.json5", "./gateway.json5"], agents: {} }`,
        "base.json5": `{ gateway: { auth: { token: "overridden" }, port: 1 } }`,
        "gateway.json5": `{ gateway: { auth: { token: "of-backup" /* here */ } } }`,
      }),
    );
    expect(texts).toEqual({
      "gateway.json5": `{ gateway: { auth: { token: "of-this-host" /* here */ } } }`,
    });
  });

  test("adds the token to the included file that holds the rest of it", async () => {
    const { texts } = await kept(
      config({
        "openclaw.json": `{ gateway: { $include: "gateway.json5" } }`,
        "gateway.json5": `{ auth: { mode: "token" } }`,
      }),
    );
    expect(texts).toEqual({
      "gateway.json5": `{ auth: { mode: "token", "token": "of-this-host" } }`,
    });
  });

  test("follows an include that stands for the token itself", async () => {
    const { texts } = await kept(
      config({
        "openclaw.json": `{ gateway: { auth: { token: { $include: "token.json" } } } }`,
        "token.json": `"of-backup"\n`,
      }),
    );
    expect(texts).toEqual({ "token.json": `"of-this-host"\n` });
  });

  test("adds what is missing to a config without a gateway", async () => {
    const { texts } = await kept(only(`{\n  "agents": {}\n}\n`));
    expect(JSON.parse(texts["openclaw.json"] ?? "")).toEqual({
      agents: {},
      gateway: { auth: { token: "of-this-host" } },
    });
  });

  test("takes this host's mode, with what that mode needs", async () => {
    const backup = only(`{ gateway: { auth: { mode: "token", token: "b" } } }`);
    const { texts } = await kept(backup, { mode: "password", password: `\${PW}` });
    expect(JSON5.parse(texts["openclaw.json"] ?? "").gateway.auth).toEqual({
      mode: "password",
      token: "b",
      password: `\${PW}`,
    });
  });

  test("writes the mode down when the backup's would win over what this host leaves unsaid", async () => {
    const backup = only(`{ gateway: { auth: { mode: "password", password: "b" } } }`);
    const { texts } = await kept(backup, { token: "t" });
    expect(JSON5.parse(texts["openclaw.json"] ?? "").gateway.auth).toEqual({
      mode: "token",
      token: "t",
      password: "b",
    });
  });

  test.each([
    ["a placeholder", `\${OPENCLAW_GATEWAY_TOKEN}`, "OPENCLAW_GATEWAY_TOKEN"],
    ["a reference", { source: "file", provider: "vault", id: "/gw" }, "reference to a secret"],
  ])("keeps %s as it is written, and says what it depends on", async (_, token, words) => {
    const { texts, note } = await kept(only(`{ gateway: { auth: { token: "b" } } }`), { token });
    expect(JSON5.parse(texts["openclaw.json"] ?? "").gateway.auth.token).toEqual(token);
    expect(note).toContain(words);
  });

  test.each([
    ["no config", config({})],
    ["broken JSON5", only(`{ gateway: { auth: { token: "b" } }`)],
    ["a broken include", only(`{ $include: "gone.json", gateway: { auth: { token: "b" } } }`)],
    ["a gateway that is no object", only(`{ gateway: "none" }`)],
    ["bytes that were not UTF-8", only(`{ /* \ufffd */ gateway: { auth: { token: "b" } } }`)],
    [
      "a file that is included twice, so that an edit would change two things",
      config({
        "openclaw.json": `{ gateway: { $include: "g.json" }, other: { $include: "g.json" } }`,
        "g.json": `{ auth: { token: "b" } }`,
      }),
    ],
  ])("leaves everything and says so for %s", async (_, reader) => {
    const { texts, note } = await kept(reader);
    expect(texts).toEqual({});
    expect(note).toMatch(/token was not kept/);
  });

  test("never shows the token", async () => {
    for (const text of ["{", `{ gateway: 1 }`, `{ gateway: {} }`]) {
      expect((await kept(only(text))).note ?? "").not.toContain("of-this-host");
    }
  });

  test("passes over a reader that fails", async () => {
    const failing: ConfigReader = {
      configPath: MAIN,
      read: () => Promise.reject(new Error("EIO")),
    };
    expect((await kept(failing)).texts).toEqual({});
    expect(await readGatewayAuth(failing)).toBeUndefined();
  });
});

describe("reading this host's gateway auth", () => {
  test("takes it as written, through includes", async () => {
    const reader = config({
      "openclaw.json": `{ gateway: { $include: "g.json" } }`,
      "g.json": `{ auth: { mode: "token", token: "\${T}", allowTailscale: true } }`,
    });
    expect(await readGatewayAuth(reader)).toEqual({ mode: "token", token: `\${T}` });
  });

  test.each(["{}", "{ gateway: { auth: {} } }", "[", "{ gateway: { auth: null } }"])(
    "gives nothing for %s",
    async (text) => expect(await readGatewayAuth(only(text))).toBeUndefined(),
  );
});
