import { expect, test } from "vitest";
import { splitShellWords } from "../../../lib/settings/shell-words.ts";

test.each([
  ["pass show clawback", ["pass", "show", "clawback"]],
  ["  gpg\t-d \n file ", ["gpg", "-d", "file"]],
  ["echo 'one two'", ["echo", "one two"]],
  ['echo "one two"', ["echo", "one two"]],
  ["echo one\\ two", ["echo", "one two"]],
  ["a'b'\"c\"\\d", ["abcd"]],
  ["echo ''", ["echo", ""]],
  ['echo "" x', ["echo", "", "x"]],
  [`echo "it's"`, ["echo", "it's"]],
  [`echo 'say "hi"'`, ["echo", 'say "hi"']],
  ['echo "a\\"b"', ["echo", 'a"b']],
  ['echo "a\\nb"', ["echo", "a\\nb"]],
  ['echo "\\$HOME \\` \\\\"', ["echo", "$HOME ` \\"]],
  ["echo 'a\\'", ["echo", "a\\"]],
  [
    "echo $HOME `id` $(id) *.txt ~ | tee > x && y; z &",
    ["echo", "$HOME", "`id`", "$(id)", "*.txt", "~", "|", "tee", ">", "x", "&&", "y;", "z", "&"],
  ],
  ["echo # no comment", ["echo", "#", "no", "comment"]],
  ["'/opt/my tool/bin'", ["/opt/my tool/bin"]],
  ["a\\\nb", ["a\nb"]],
  ["ü 日本", ["ü", "日本"]],
])("splits %j", (line, words) => {
  expect(splitShellWords(line, "the command")).toEqual(words);
});

test.each(["", "   ", "\n", "''", '"" x'])("%j names no program", (line) => {
  expect(() => splitShellWords(line, "the command")).toThrow(
    expect.objectContaining({ code: "invalid-argument", message: "the command names no program" }),
  );
});

test.each([
  ["echo 'secret", 6],
  ['echo "secret', 6],
  ["echo secret\\", 12],
  ['a "b\\"', 3],
])("%j is not complete, and is not repeated in the message", (line, character) => {
  expect(() => splitShellWords(line, "the command")).toThrow(
    expect.objectContaining({
      code: "invalid-argument",
      message: `the command has a quote or backslash without its counterpart at character ${character}`,
    }),
  );
});
