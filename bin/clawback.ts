#!/usr/bin/env node
import module from "node:module";
import { setFlagsFromString } from "node:v8";

// Compiled code of a former run is read instead of compiled again: half the time to the first line.
module.enableCompileCache?.();
// A young generation that stays small returns buffers sooner: 35 MB less at the peak of a backup of 540 MB, in the same time.
setFlagsFromString("--semi-space-growth-factor=1");
const { main, processTerminal } = await import("../lib/cli/index.ts");
await main(process.argv.slice(2), processTerminal());
