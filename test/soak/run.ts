/**
 * `npm run soak`: what is too long for every test run. 200 backups in a row of an installation whose Gateway runs and whose databases
 * take 500 transactions a second; `npm test` makes 20 of them. Ends with exit code 1 at the first backup that is not sound.
 *
 *   npm run soak -- [COUNT]
 */
import { captureLive } from "./capture-live.ts";

const count = Number(process.argv[2] ?? 200);
const result = await captureLive({
  count,
  onBackup: (number, { files, omissions, durationMs }) => {
    if (number % 10 !== 0) return;
    process.stdout.write(
      `backup ${number} of ${count}: ${files} files, ${omissions.length} omissions, ${durationMs} ms\n`,
    );
  },
});
process.stdout.write(
  `${result.backups} backups beside ${result.transactions} transactions in ${Math.round(result.seconds)} s: ` +
    `${result.databasesChecked} databases sound and a prefix each, ${result.filesChecked} files whole; met ${JSON.stringify(result.met)}\n`,
);
