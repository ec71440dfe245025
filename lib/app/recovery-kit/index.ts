/** The page with which a person brings an agent back who has lost the machine: what it says, how it looks, and who has it. */
export { exportKit, type KitOptions, type KitReport } from "./export.ts";
export { confirmKit, findConfirmedKit, type KitReceipt, readReceipts } from "./receipts.ts";
