/** What backups cost a month, estimated from prices, sizes, schedule and retention. */
export {
  estimatePlanned,
  estimateStorages,
  type KindCost,
  type PlannedCost,
  type StorageCost,
} from "./cost.ts";
export { costOf, type MonthlyCost } from "./estimate.ts";
