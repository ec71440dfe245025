import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { PROJECT_ROOT } from "../parts/environment.ts";
import { type Finished, run, runOrThrow } from "../parts/run.ts";
import { tempDir } from "./temp-dir.ts";

const NODE_NAME = `node-v24.21.0-linux-${process.arch}`;

/**
 * Runs a script as root on what is like a machine that has just begun: this one's system, with an empty `/home`, `/opt`, `/run` and
 * `/usr/local`, of which nothing stays. What it would fetch is handed to it: Node from this clone, by a `curl` that reads files; packages by an
 * `npm` that makes the programs which they would bring; the system's managers only note what they were called for.
 *
 * @param steps - What the machine runs, one after the other, in a shell; the script is `/script`.
 */
export async function onFreshMachine(script: string, steps: readonly string[]): Promise<Finished> {
  await using dir = await tempDir();
  chmodSync(dir.path, 0o755);
  writeFileSync(dir.join("script"), script);
  await makeDownloads(dir.join("downloads"));
  makeStubs(dir.join("stubs"));
  writeFileSync(dir.join("steps"), `${steps.join("\n")}\n`);
  const driver = DRIVER.replaceAll("DIR", dir.path).replaceAll("PROJECT", PROJECT_ROOT);
  const env = { PATH: "/stubs:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" };
  return await run("unshare", ["--mount", "--propagation", "private", "sh", "-euc", driver], {
    env,
    cwd: "/",
  });
}

/** The machine's own system lies below, and nothing is ever written to it. */
const DRIVER = `
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
for each in home opt run usr/local; do mkdir -p /mnt/root/$each; mount -t tmpfs -o mode=755 tmpfs /mnt/root/$each; done
mkdir -p /mnt/root/project /mnt/root/downloads /mnt/root/stubs
mount --bind PROJECT /mnt/root/project
mount --bind DIR/downloads /mnt/root/downloads
mount --bind DIR/stubs /mnt/root/stubs
mount --rbind /proc /mnt/root/proc
mount --rbind /dev /mnt/root/dev
cp DIR/script DIR/steps /mnt/root/
rm -f /mnt/root/var/log/clawback-user-data.log
for each in systemctl loginctl; do ln -sf /stubs/note /mnt/root/usr/bin/$each; done
exec chroot /mnt/root /bin/bash /steps
`;

async function makeDownloads(dir: string): Promise<void> {
  const bin = `${dir}/${NODE_NAME}/bin`;
  mkdirSync(bin, { recursive: true });
  symlinkSync("/project/node_modules/node/bin/node", `${bin}/node`);
  for (const name of ["npm", "npx"]) symlinkSync("/stubs/npm", `${bin}/${name}`);
  const archive = `${dir}/${NODE_NAME}.tar.gz`;
  await runOrThrow("tar", ["-czf", archive, "-C", dir, NODE_NAME]);
  const sum = createHash("sha256").update(readFileSync(archive)).digest("hex");
  const others = `${"0".repeat(64)}  node-v24.21.0-aix-ppc64.tar.gz\n`;
  writeFileSync(`${dir}/SHASUMS256.txt`, `${others}${sum}  ${basename(archive)}\n`);
  chmodSync(dir, 0o755);
}

function makeStubs(dir: string): void {
  mkdirSync(dir);
  for (const [name, text] of Object.entries(STUBS)) {
    writeFileSync(`${dir}/${name}`, `#!/bin/sh\n${text}`, { mode: 0o755 });
    chmodSync(`${dir}/${name}`, 0o755);
  }
}

const STUBS: Readonly<Record<string, string>> = {
  note: 'echo "$(basename "$0") $*"\n',
  sleep: "exit 0\n",
  curl: `while [ $# -gt 1 ]; do [ "$1" = --output ] && out=$2; shift; done
echo "curl $1"
cp "/downloads/$(basename "$1")" "$out"
`,
  npm: `echo "npm $* by $(id -un)"
while [ $# -gt 1 ]; do [ "$1" = --prefix ] && prefix=$2; shift; done
mkdir -p "$prefix/bin"
case "$1" in
  openclaw@*) printf '#!/bin/sh\\necho "openclaw $*"\\n' >"$prefix/bin/openclaw" && chmod +x "$prefix/bin/openclaw" ;;
  *) printf '#!/bin/sh\\nexec node /project/dist/bin/clawback.js "$@"\\n' >"$prefix/bin/clawback" && chmod +x "$prefix/bin/clawback" ;;
esac
`,
};
