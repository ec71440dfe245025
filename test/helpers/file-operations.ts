import { diskOperations, type FileOperations } from "../../lib/filesystem/index.ts";

export type OperationName = keyof FileOperations;

/** One call of {@link FileOperations}, as it can be made again. */
export interface RecordedOperation {
  readonly name: OperationName;
  readonly args: readonly unknown[];
}

/** Real operations, each announced before it is done; what `before` throws is thrown in its place. */
export function watchedOperations(
  before: (operation: RecordedOperation, index: number) => void,
): FileOperations {
  let index = 0;
  const names = Object.keys(diskOperations) as OperationName[];
  const watch = (name: OperationName) => {
    return (...args: unknown[]) => {
      before({ name, args }, index++);
      call({ name, args });
    };
  };
  return Object.fromEntries(names.map((name) => [name, watch(name)])) as unknown as FileOperations;
}

/** Thrown where a process dies: nothing that comes after it is done. */
export class Died extends Error {}

/** Operations of a process that dies before its call number `index`; a torn file is left when that call would create one. */
export function dyingOperations(index: number): FileOperations {
  return watchedOperations((operation, at) => {
    if (at < index) return;
    if (at === index && operation.name === "createFile") {
      const [path, text] = operation.args as [string, string];
      diskOperations.createFile(path, text.slice(0, text.length / 2));
    }
    throw new Died();
  });
}

/** Does a recorded operation. */
export function call({ name, args }: RecordedOperation): void {
  (diskOperations[name] as (...args: readonly unknown[]) => void)(...args);
}

/** An error as Node throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up by the test`), { code });
}
