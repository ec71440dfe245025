#!/usr/bin/env node
// Makes a clone ready to use, and does nothing that is already done:
//
//   node config/setup.mjs            packages (npm ci), and Node 24 among them
//   node config/setup.mjs --build    also dist/, when a source changed
//   node config/setup.mjs --parts    also the real programs that the tests run (test/parts/)
//
// Plain JavaScript without packages: it must run on any Node from 20 on, before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = join(ROOT, "node_modules");
const NODE_24 = join(MODULES, ".bin", "node");
const BUILD_STAMP = join(MODULES, ".clawback-build");
const OLDEST_NODE = 20;

class SetupError extends Error {}

const say = (line) => process.stderr.write(`setup: ${line}\n`);
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

function parseFlags(words) {
  const unknown = words.find((word) => word !== "--build" && word !== "--parts");
  if (unknown !== undefined) {
    throw new SetupError(`unknown argument ${unknown}; known are --build and --parts`);
  }
  return { build: words.includes("--build"), parts: words.includes("--parts") };
}

function assertNodeIsNewEnough() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_NODE) {
    throw new SetupError(
      `Node ${process.versions.node} is too old: Node ${OLDEST_NODE} or newer is needed to begin ` +
        "(Node 24 for everything else is then installed as a package)",
    );
  }
}

/** The caller's environment, whose PATH does not lead into the node_modules that npm is about to replace. */
function outsideEnvironment() {
  const env = { ...process.env };
  const folders = (env.PATH ?? "").split(delimiter);
  env.PATH = folders.filter((folder) => resolve(folder) !== dirname(NODE_24)).join(delimiter);
  return env;
}

function run(command, args, env) {
  const done = spawnSync(command, args, {
    cwd: ROOT,
    env,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = `${done.stdout ?? ""}${done.stderr ?? ""}`.trim();
  return { failed: done.status !== 0, notFound: done.error?.code === "ENOENT", output };
}

const lastLines = (text) => text.split("\n").slice(-20).join("\n");

/** npm begins with what went wrong; help and the place of its log come after. */
const npmErrors = (text) =>
  text
    .split("\n")
    .filter((line) => line.startsWith("npm error "))
    .slice(0, 12)
    .join("\n");

function npm(args) {
  // The install script of the package "node" needs to run; the engines of packages are judged by Node 24, not this one.
  const settings = ["--include=dev", "--engine-strict=false", "--ignore-scripts=false"];
  const result = run("npm", [...args, ...settings], outsideEnvironment());
  if (result.notFound) {
    throw new SetupError("npm was not found; it comes with Node (Debian: apt-get install npm)");
  }
  if (result.failed) {
    const noNetwork = /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH/.test(
      result.output,
    );
    const reason = noNetwork
      ? "the package registry could not be reached; check the network and npm's registry setting"
      : "npm says";
    throw new SetupError(`npm ${args[0]} failed: ${reason}\n${npmErrors(result.output)}`);
  }
}

/** Tells whether node_modules holds what package-lock.json asks for, by the copy of it that npm leaves there last. */
function packagesAreInstalled() {
  const copy = join(MODULES, ".package-lock.json");
  if (!existsSync(copy)) {
    return false;
  }
  const installed = readJson(copy).packages;
  return Object.entries(readJson(join(ROOT, "package-lock.json")).packages).every(
    ([path, wanted]) => {
      const found = installed[path];
      if (path === "" || (found === undefined && wanted.optional === true)) {
        return true;
      }
      return found?.version === wanted.version && found.integrity === wanted.integrity;
    },
  );
}

/** The `node` package is only a script that fetches the real program: npm may have been told not to run it. */
function node24Runs() {
  const wanted = readJson(join(ROOT, "package.json")).devDependencies.node;
  const answer = existsSync(NODE_24) ? run(NODE_24, ["-v"]) : { failed: true };
  return !answer.failed && answer.output === `v${wanted}`;
}

function installPackages() {
  const begun = performance.now();
  if (!packagesAreInstalled()) {
    say("installing packages (npm ci)");
    npm(["ci", "--no-audit", "--no-fund"]);
    say(`packages are installed (${seconds(begun)})`);
  }
  if (!node24Runs()) {
    say("fetching Node 24 (npm rebuild node)");
    npm(["rebuild", "node"]);
    if (!node24Runs()) {
      throw new SetupError(
        `${NODE_24} does not run: the install script of the package "node" was blocked or failed; ` +
          "allow install scripts (npm config get ignore-scripts must say false) and run this again",
      );
    }
  }
}

/** Names, sizes and times of all that the build reads, as one hash: also a removed file changes it. */
function sourcesFingerprint() {
  const hash = createHash("sha256");
  const add = (path) => {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  for (const folder of ["bin", "lib"]) {
    const names = readdirSync(join(ROOT, folder), { recursive: true });
    for (const name of names.filter((each) => each.endsWith(".ts")).sort()) {
      add(join(ROOT, folder, name));
    }
  }
  for (const file of [
    "package-lock.json",
    "tsconfig.json",
    "config/tsconfig.build.json",
    "config/bundle.mjs",
  ]) {
    add(join(ROOT, file));
  }
  return hash.digest("hex");
}

const programs = () => Object.values(readJson(join(ROOT, "package.json")).bin);

function isBuilt(fingerprint) {
  const stamp = existsSync(BUILD_STAMP) ? readFileSync(BUILD_STAMP, "utf8") : "";
  return stamp === fingerprint && programs().every((path) => existsSync(join(ROOT, path)));
}

/** What an interrupted build left. */
function removeHalfBuilds() {
  for (const name of readdirSync(ROOT).filter((each) => /^dist-\d+(-old)?$/.test(each))) {
    rmSync(join(ROOT, name), { recursive: true, force: true });
  }
}

/** Compiles into a new folder and then puts it in the place of dist/, which so never holds leftovers or half a build. */
function build() {
  const fingerprint = sourcesFingerprint();
  if (isBuilt(fingerprint)) {
    return;
  }
  const begun = performance.now();
  removeHalfBuilds();
  const fresh = join(ROOT, `dist-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    const compiler = join(MODULES, "typescript", "bin", "tsc");
    const steps = [
      [compiler, "-p", "config/tsconfig.build.json", "--outDir", fresh],
      ["config/bundle.mjs", fresh],
    ];
    for (const step of steps) {
      const result = run(NODE_24, step);
      if (result.failed) {
        throw new SetupError(`${lastLines(result.output)}\nthe build failed`);
      }
    }
    if (existsSync(join(ROOT, "dist"))) {
      renameSync(join(ROOT, "dist"), old);
    }
    renameSync(fresh, join(ROOT, "dist"));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
  for (const path of programs()) {
    chmodSync(join(ROOT, path), 0o755);
  }
  writeFileSync(BUILD_STAMP, fingerprint);
  say(`built dist/ (${seconds(begun)})`);
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Takes the lock unless a running process has it. The link makes the file appear with the pid already in it. */
function tryLock(lock) {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") {
      throw error;
    }
    const owner = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : process.pid;
    if (!isRunning(owner)) {
      rmSync(lock, { force: true });
    }
    return false;
  } finally {
    rmSync(mine);
  }
}

/** One setup of this clone at a time: a second one waits for the first, and then finds everything done. */
function alone(work) {
  const name = createHash("sha256").update(ROOT).digest("hex").slice(0, 16);
  const lock = join(tmpdir(), `clawback-setup-${process.getuid?.() ?? 0}-${name}`);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 1; !tryLock(lock); tries += 1) {
    if (tries === 10) {
      say("waiting for another setup of this clone");
    }
    Atomics.wait(pause, 0, 0, 100);
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function setUpParts() {
  const done = spawnSync(NODE_24, [join(ROOT, "test", "parts", "setup.ts")], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return done.status ?? 1;
}

function main() {
  assertNodeIsNewEnough();
  const flags = parseFlags(process.argv.slice(2));
  alone(() => {
    installPackages();
    if (flags.build) {
      build();
    }
  });
  return flags.parts ? setUpParts() : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof SetupError)) {
    throw error;
  }
  say(error.message);
  process.exitCode = 1;
}
