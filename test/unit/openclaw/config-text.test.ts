import JSON5 from "json5";
import { expect, test } from "vitest";
import { setInText } from "../../../lib/openclaw/config/index.ts";

const TOKEN = ["gateway", "auth", "token"];

test.each([
  {
    title: "replaces a value and touches nothing else",
    text: `{\n  // my gateway\n  gateway: { auth: { mode: 'token', token: 'old', /* keep */ }, port: 1, },\n}\n`,
    expected: `{\n  // my gateway\n  gateway: { auth: { mode: 'token', token: "new", /* keep */ }, port: 1, },\n}\n`,
  },
  {
    title: "replaces a reference to a secret",
    text: `{ gateway: { auth: { token: { source: "env", id: "T" }, mode: "token" } } }`,
    expected: `{ gateway: { auth: { token: "new", mode: "token" } } }`,
  },
  {
    title: "replaces the last of a key given twice, as a parser counts it",
    text: `{ gateway: { auth: { token: "a", "token": "b" } } }`,
    expected: `{ gateway: { auth: { token: "a", "token": "new" } } }`,
  },
  {
    title: "finds keys however they are written",
    text: `{ 'gat\\x65way': { \\u0061uth: { "tok\\u0065n": "b" } } }`,
    expected: `{ 'gat\\x65way': { \\u0061uth: { "tok\\u0065n": "new" } } }`,
  },
  {
    title: "is not led astray by keys and braces in texts and comments",
    text: `{ note: "{ gateway: { auth: { token: 'x' } } }", /* gateway: { */ // }\n gateway: { auth: { token: 'o\\'ld }' } } }`,
    expected: `{ note: "{ gateway: { auth: { token: 'x' } } }", /* gateway: { */ // }\n gateway: { auth: { token: "new" } } }`,
  },
  {
    title: "adds a member in the style of those before it",
    text: `{\n\t"gateway": {\n\t\t"auth": {\n\t\t\t"mode": "token" // why\n\t\t}\n\t}\n}`,
    expected: `{\n\t"gateway": {\n\t\t"auth": {\n\t\t\t"mode": "token", // why\n\t\t\t"token": "new"\n\t\t}\n\t}\n}`,
  },
  {
    title: "keeps a trailing comma trailing",
    text: `{\n  gateway: {\n    auth: {\n      mode: "token", /* why */ // so\n    },\n  },\n}`,
    expected: `{\n  gateway: {\n    auth: {\n      mode: "token", /* why */ // so\n      "token": "new",\n    },\n  },\n}`,
  },
  {
    title: "adds to an object on one line",
    text: `{ gateway: { auth: { mode: "token" } } }`,
    expected: `{ gateway: { auth: { mode: "token", "token": "new" } } }`,
  },
  {
    title: "leaves a comment over several lines whole",
    text: `{\n  gateway: {\n    auth: {\n      mode: "token" /* a\n b */\n    } } }`,
    expected: `{\n  gateway: {\n    auth: {\n      mode: "token",\n      "token": "new" /* a\n b */\n    } } }`,
  },
  {
    title: "fills an empty object",
    text: `{\n  "gateway": {}\n}`,
    expected: `{\n  "gateway": {\n    "auth": {\n      "token": "new"\n    }\n  }\n}`,
  },
  {
    title: "fills an object that holds a comment",
    text: `{ // nothing yet\n}`,
    expected: `{\n  "gateway": {\n    "auth": {\n      "token": "new"\n    }\n  } // nothing yet\n}`,
  },
  {
    title: "keeps Windows line breaks between members",
    text: `{\r\n  "gateway": {\r\n    "auth": {\r\n      "mode": "token"\r\n    }\r\n  }\r\n}`,
    expected: `{\r\n  "gateway": {\r\n    "auth": {\r\n      "mode": "token",\r\n      "token": "new"\r\n    }\r\n  }\r\n}`,
  },
  {
    title: "works behind a byte order mark and odd blanks",
    text: `\ufeff{\u00a0"gateway":\u2028{ "auth": { "token": +Infinity } } }`,
    expected: `\ufeff{\u00a0"gateway":\u2028{ "auth": { "token": "new" } } }`,
  },
])("$title", ({ text, expected }) => {
  const edited = setInText(text, TOKEN, "new");
  expect(edited).toBe(expected);
  expect(JSON5.parse(edited ?? "").gateway.auth.token).toBe("new");
});

test("gives nothing when something on the way is not an object", () => {
  expect(setInText(`{ gateway: [1] }`, TOKEN, "new")).toBeUndefined();
  expect(setInText(`5`, TOKEN, "new")).toBeUndefined();
});

test("sets a whole value", () => {
  expect(setInText(` 'old' // c`, [], { a: 1 })).toBe(` {\n   "a": 1\n } // c`);
});
