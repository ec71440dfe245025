/** Asks for the next value while the consumer is busy with the last one, so that the thread pool decompresses meanwhile. */
export async function* readAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T, void, undefined> {
  let next = ask(source);
  try {
    for (;;) {
      const { value, done } = await next;
      if (done === true) return;
      next = ask(source);
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await source.return(undefined);
  }
}

function ask<T>(source: AsyncGenerator<T>): Promise<IteratorResult<T, undefined>> {
  const next = source.next();
  // Its failure is met when the consumer comes for it, or never.
  next.catch(() => undefined);
  return next;
}
