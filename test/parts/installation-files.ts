import { randomBytes } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Puts the files of the installation that people, agents and channels would have made, with their modes. */
export async function addFiles(home: string): Promise<void> {
  for (const [path, content] of Object.entries(PRIVATE)) {
    await put(join(home, path), content, 0o600);
  }
  for (const [path, content] of Object.entries(OPEN)) {
    await put(join(home, path), content, 0o644);
  }
  await put(join(home, ".openclaw/workspace/bin/hello"), "#!/bin/sh\necho hello\n", 0o755);
  await put(join(home, ".openclaw/media/outbound/picture.jpg"), randomBytes(64 << 10), 0o600);
  await symlink("memory/2026-11-02.md", join(home, ".openclaw/workspace/latest.md"));
}

async function put(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { mode });
}

function skill(name: string, description: string): string {
  return `---\nname: ${name}\ndescription: "${description}"\n---\nDo as the name says.\n`;
}

const PRIVATE: Record<string, string> = {
  ".openclaw/.env": "EXAMPLE_API_KEY=sk-example-000000\n",
  ".openclaw/credentials/whatsapp/default/creds.json": JSON.stringify({
    noiseKey: { private: "bm9pc2U=", public: "bm9pc2U=" },
    registrationId: 77,
    me: { id: "491700000000:1@s.whatsapp.net", name: "Example" },
  }),
  ".openclaw/credentials/whatsapp/default/pre-key-1.json": '{"keyPair":"cHJlLWtleQ=="}',
  ".openclaw/credentials/whatsapp/default/session-491700000001.0.json": '{"_sessions":{}}',
  ".openclaw/credentials/telegram-allowFrom.json": '{"version":1,"allowFrom":["1001"]}',
};

const OPEN: Record<string, string> = {
  ".openclaw/skills/water-plants/SKILL.md": skill("water-plants", "Remind of the plants."),
  ".openclaw/skills/water-plants/plants.txt": "fern\nficus\n",
  ".openclaw/skills/tell-joke/SKILL.md": skill("tell-joke", "Tell a short joke."),
  ".openclaw/workspace/skills/plan-week/SKILL.md": skill("plan-week", "Plan the week."),
  ".agents/skills/read-news/SKILL.md": skill("read-news", "Read the news."),
  ".openclaw/workspace/MEMORY.md": "# Memory\n\n- Likes tea\n",
  ".openclaw/workspace/memory/2026-11-01.md": "Bought tea.\n",
  ".openclaw/workspace/memory/2026-11-02.md": "Drank tea.\n",
  ".openclaw/workspace/notes/zähler – grün.md": "A name beyond ASCII.\n",
  "research/findings.md": "# Findings\n\nTea is hot.\n",
  "research/data/temperatures.csv": "hour,celsius\n9,81\n10,44\n",
};
