/**
 * A program that makes, appends to, renames, replaces and removes files below the directories given, without a pause.
 *
 * What it writes can be judged on its own: `atomic-*` files are replaced whole by rename and hold one generation, `append-*` files
 * hold the lines 1, 2, 3, …; everything else comes and goes.
 */
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const directories = process.argv.slice(2);
for (const directory of directories) mkdirSync(directory, { recursive: true });

const lines = new Map<string, number>();

function append(path: string, count: number): void {
  let line = lines.get(path) ?? 0;
  let text = "";
  for (let i = 0; i < count; i++) text += `${++line}\n`;
  appendFileSync(path, text);
  lines.set(path, line);
}

function turn(directory: string, round: number): void {
  const at = (name: string) => join(directory, name);
  writeFileSync(at("new.tmp"), `generation ${round}\n`.repeat(1 + ((round * 37) % 4000)));
  renameSync(at("new.tmp"), at(`atomic-${round % 5}.md`));
  append(at(`append-${round % 3}.jsonl`), 1 + (round % 50));
  append(at("append-large.jsonl"), 2000);
  if ((lines.get(at("append-large.jsonl")) ?? 0) > 400_000) {
    rmSync(at("append-large.jsonl"));
    lines.delete(at("append-large.jsonl"));
  }
  writeFileSync(at("rewritten.bin"), Buffer.alloc(1 + ((round * 7919) % 3_000_000), round % 256));
  truncateSync(at("rewritten.bin"), 100);
  const branch = at(`branch-${round % 4}`);
  rmSync(branch, { recursive: true, force: true });
  if (round % 3 !== 0) {
    mkdirSync(join(branch, "deep"), { recursive: true });
    writeFileSync(join(branch, "deep", "leaf"), "leaf");
    symlinkSync("deep/leaf", join(branch, "link"));
    renameSync(branch, `${branch}-moved`);
    rmSync(`${branch}-moved`, { recursive: true });
  } else if (round % 2 === 0) writeFileSync(branch, "a file where a directory was");
  else symlinkSync("..", branch);
}

let round = 0;
const timer = setInterval(() => {
  for (const directory of directories) turn(directory, round);
  round++;
}, 5);

process.on("disconnect", () => clearInterval(timer));
