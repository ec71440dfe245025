import { type Clock, systemClock } from "../base/index.ts";
import type { Path } from "../filesystem/index.ts";
import { CopyAhead } from "./copy-ahead.ts";
import { Ledger } from "./ledger.ts";
import { Pace } from "./pace.ts";
import { WHOLE_LIMIT_BYTES } from "./read/index.ts";
import { Scratch } from "./scratch.ts";
import type { CaptureOptions } from "./types.ts";

/** What every step of one capture works with. */
export interface CaptureRun {
  readonly options: CaptureOptions;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly pace: Pace;
  readonly scratch: Scratch;
  readonly copyAhead: CopyAhead;
  /** Every file is read into it, so what is in it is valid until the next read. */
  readonly buffer: Buffer;
  /** Databases that OpenClaw cannot live without: databases whatever their header says. */
  readonly essential: ReadonlySet<Path>;
  /** First path of each file with several names that was stored, by device and inode. */
  readonly linked: Map<string, Path>;
}

export function createRun(options: CaptureOptions): CaptureRun {
  const clock = options.clock ?? systemClock;
  const scratch = new Scratch(options.temporaryDirectory);
  return {
    options,
    clock,
    ledger: new Ledger(options.installation.essentialDatabases),
    pace: new Pace(options),
    scratch,
    copyAhead: new CopyAhead(options, scratch),
    buffer: Buffer.allocUnsafeSlow(WHOLE_LIMIT_BYTES),
    essential: new Set(options.installation.essentialDatabases),
    linked: new Map(),
  };
}
