import { dirname, join } from "node:path";
import { createTreeWriter, makeDirectory } from "../filesystem/index.ts";
import { updateDatabase } from "../sqlite/index.ts";

const WORDS = "agent backup memory restore note plan session storage tool turn week work".split(
  " ",
);
const LIMITS = { maxEntries: 100_000, maxBytes: 1024 ** 3, maxDepth: 64, maxNameBytes: 255 };

/**
 * Makes a small state directory with the shape of a real one, for `demo` and `test`: config, credentials, a workspace of notes,
 * links, and a database in WAL mode.
 *
 * @param stateDir - Must not exist.
 */
export async function makeSample(
  stateDir: string,
  options: { readonly files: number },
): Promise<void> {
  makeDirectory(dirname(stateDir));
  await using writer = await createTreeWriter(stateDir, { limits: LIMITS });
  const add = (path: string, text: string, mode = 0o644) =>
    writer.addFile(path, Buffer.from(text), { mode });
  const config = { gateway: { port: 18789, auth: { mode: "token", token: "sample-token" } } };
  await add("openclaw.json", `${JSON.stringify(config, null, 2)}\n`, 0o600);
  await add(".env", "EXAMPLE_API_KEY=sample\n", 0o600);
  await add("credentials/whatsapp/default/creds.json", '{"me":"sample"}\n', 0o600);
  await add("workspace/MEMORY.md", `# Memory\n\n${text(1, 400)}\n`);
  await add("workspace/USER.md", "# User\n\n- Name: Example\n- Language: English\n");
  await add("workspace/project/node_modules/left-out/index.js", "module.exports = 1;\n");
  for (let i = 0; i < options.files; i++) {
    await add(
      `workspace/notes/${i % 20}/note-${i}.md`,
      `# Note ${i}\n\n${text(i, 60 + (i % 700))}\n`,
    );
  }
  writer.addSymlink("workspace/latest", "notes/0", {});
  await writer.finish();
  makeDatabase(join(stateDir, "state.sqlite"));
}

function makeDatabase(path: string): void {
  const insert = "INSERT INTO events(body) VALUES (?)";
  updateDatabase(path, [
    { sql: "CREATE TABLE events(seq INTEGER PRIMARY KEY, body TEXT NOT NULL)" },
    ...Array.from({ length: 2000 }, (_, i) => ({ sql: insert, parameters: [text(i, 200)] })),
  ]);
}

/** Repeatable prose of about `words` words. */
function text(seed: number, words: number): string {
  let state = seed * 7919 + 17;
  const next = (): string => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return WORDS[state % WORDS.length] ?? "";
  };
  return Array.from({ length: words }, next).join(" ");
}
