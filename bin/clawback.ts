#!/usr/bin/env node
import module from "node:module";

// Halves the time to the first line: compiled code of a former run is read instead of compiled again.
module.enableCompileCache?.();
const { main, processTerminal } = await import("../lib/cli/index.ts");
await main(process.argv.slice(2), processTerminal());
