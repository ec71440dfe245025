import fc from "fast-check";
import JSON5 from "json5";
import { expect, test } from "vitest";
import { keepGatewayAuth } from "../../lib/openclaw/index.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Prints a value as a person might: comments, quotes of both kinds, bare keys, trailing commas, any blanks. */
class Printer {
  readonly comments: string[] = [];
  readonly #choices: IterableIterator<number>;

  constructor(choices: number[]) {
    this.#choices = (function* () {
      for (let i = 0; ; i++) yield choices[i % choices.length] ?? 0;
    })();
  }

  print(value: Json): string {
    if (Array.isArray(value)) return `[${this.#items(value.map((item) => this.print(item)))}]`;
    if (typeof value === "string") return this.#text(value);
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const members = Object.entries(value).map(
      ([key, item]) => `${this.#key(key)}${this.#gap()}:${this.#gap()}${this.print(item)}`,
    );
    return `{${this.#items(members)}}`;
  }

  #items(items: string[]): string {
    let text = this.#gap();
    for (const [index, item] of items.entries()) {
      const isLast = index === items.length - 1;
      text += item + this.#gap();
      if (!isLast || this.#pick(2) === 0) text += `,${this.#gap()}`;
    }
    return text;
  }

  #text(text: string): string {
    if (this.#pick(2) === 0) return JSON.stringify(text);
    return JSON5.stringify(text, { quote: "'" });
  }

  #key(key: string): string {
    return /^[A-Za-z_$][\w$]*$/.test(key) && this.#pick(2) === 0 ? key : this.#text(key);
  }

  #gap(): string {
    const comment = `c${this.comments.length} { " ' gateway: {}, ] `;
    const gaps = [
      "",
      " ",
      "\n",
      "\r\n\t",
      "\u00a0",
      `/*${comment}*/`,
      `//${comment}\n`,
      ` /*\n${comment}*/ `,
    ];
    const gap = gaps[this.#pick(gaps.length)] ?? "";
    if (gap.includes(comment)) this.comments.push(comment);
    return gap;
  }

  #pick(n: number): number {
    return (this.#choices.next().value ?? 0) % n;
  }
}

const key = fc
  .oneof(
    fc.constantFrom("gateway", "auth", "token", "mode", "a b", "'", '"', "\\", "été"),
    fc.string(),
  )
  .filter((name) => !["__proto__", "constructor", "prototype", "$include"].includes(name));
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  ),
})).value;
const object = fc.dictionary(key, json, { maxKeys: 4 });
const choices = fc.array(fc.nat(10_000), { minLength: 1, maxLength: 60 });

const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

test("the token edit changes the token and nothing else, in any JSON5", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rest: object,
        gateway: object,
        auth: object,
        token: fc.string(),
        picks: choices,
      }),
      async ({ rest, gateway, auth, token, picks }) => {
        const before = { ...rest, gateway: { ...gateway, auth } };
        const printer = new Printer(picks);
        const text = printer.print(before);
        const reader = { configPath: "/s/openclaw.json", read: () => text };
        const { edits, note } = await keepGatewayAuth(reader, { token });
        expect(note ?? "").not.toContain("not kept");
        const after = edits[0]?.text ?? text;
        const result = JSON5.parse(after);
        expect(result.gateway.auth.token).toBe(token);
        const mode = result.gateway.auth.mode;
        const restored = auth.mode ?? (auth.password === undefined ? "token" : "password");
        if (restored !== "token") expect(mode).toBe("token");
        const plain = (value: Json): unknown => JSON.parse(JSON.stringify(value));
        expect(plain({ ...result, gateway: { ...result.gateway, auth: {} } })).toEqual(
          plain({ ...before, gateway: { ...before.gateway, auth: {} } }),
        );
        expect({ ...result.gateway.auth, token: 0, mode: 0 }).toEqual({
          ...auth,
          token: 0,
          mode: 0,
        });
        for (const comment of printer.comments) {
          // A comment inside a replaced value goes with it.
          if (
            !isObject(auth.token) &&
            !Array.isArray(auth.token) &&
            !isObject(auth.mode) &&
            !Array.isArray(auth.mode)
          ) {
            expect(after).toContain(comment);
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("no text makes the edit fail or take long", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom(..."{}[],:'\"/*\\\n gateway auth token") }),
      async (text) => {
        const reader = { configPath: "/s/openclaw.json", read: () => text };
        const { edits } = await keepGatewayAuth(reader, { token: "t" });
        for (const edit of edits) expect(JSON5.parse(edit.text).gateway.auth.token).toBe("t");
      },
    ),
    { numRuns: 3000 },
  );
});
