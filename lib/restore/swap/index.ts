/**
 * Works out which names change places, and proves that nobody uses what will be moved.
 *
 * @module
 */
export { inBatches, putAside, swapParts } from "./partial.ts";
export { assertGatewayStopped, assertUnused, databasesIn } from "./prove-stopped.ts";
export { concatSwaps, type Swap } from "./swap.ts";
export { type SwapOptions, swapWhole } from "./whole.ts";
