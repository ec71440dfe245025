import { BackupError } from "../../base/index.ts";
import type { GatewayState, Installation } from "../types.ts";

/** Whether a Gateway (or another OpenClaw process that owns the state) uses the installation. */
export function findGateway(_installation: Installation): Promise<GatewayState> {
  throw new BackupError("internal", "being written");
}

/** What the reader can do to stop what {@link findGateway} found: a command, or how to prove that nothing runs. One sentence. */
export function gatewayStopCommand(_state: GatewayState): string {
  throw new BackupError("internal", "being written");
}
