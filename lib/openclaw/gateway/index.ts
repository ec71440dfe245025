/**
 * Tells whether a Gateway uses a state directory, from its lock files and from the locks on its databases, and how to stop it.
 *
 * To say "stopped" wrongly would let a restore pull the state from under a running agent; to say "running" wrongly for ever would
 * leave a user with no way back after a crash. `find.ts` explains how the two are kept apart.
 *
 * @module
 */
export { findGateway } from "./find.ts";
export { gatewayStopCommand } from "./stop-command.ts";
