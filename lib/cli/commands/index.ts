import type { CommandDefinition } from "../command.ts";
import { cat } from "./cat.ts";
import { cleanup } from "./cleanup.ts";
import { create } from "./create.ts";
import { deleteCommand } from "./delete.ts";
import { demo } from "./demo.ts";
import { diff } from "./diff.ts";
import { doctor } from "./doctor.ts";
import { history } from "./history.ts";
import { hold, release } from "./hold.ts";
import { init } from "./init.ts";
import { key } from "./key.ts";
import { listCommand } from "./list.ts";
import { notify } from "./notify.ts";
import { repository } from "./repository.ts";
import { restore } from "./restore.ts";
import { retention } from "./retention.ts";
import { rollback } from "./rollback.ts";
import { run } from "./run.ts";
import { runs } from "./runs.ts";
import { schedule } from "./schedule.ts";
import { setup } from "./setup.ts";
import { show } from "./show.ts";
import { snapshot } from "./snapshot.ts";
import { status } from "./status.ts";
import { storage } from "./storage.ts";
import { sync } from "./sync.ts";
import { test } from "./test.ts";
import { exportCommand, importCommand } from "./transfer.ts";
import { undelete } from "./undelete.ts";
import { verify } from "./verify.ts";

/** Every command, in the order of the help. A new one is a file here and a line in this list. */
export const COMMANDS: readonly CommandDefinition[] = [
  setup,
  create,
  snapshot,
  listCommand,
  show,
  verify,
  restore,
  rollback,
  status,
  doctor,
  run,
  diff,
  history,
  cat,
  deleteCommand,
  undelete,
  hold,
  release,
  sync,
  exportCommand,
  importCommand,
  storage,
  repository,
  retention,
  schedule,
  runs,
  notify,
  key,
  test,
  init,
  cleanup,
  demo,
];
