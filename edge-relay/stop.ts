const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGBREAK'] as const;

/**
 * Resolves with what asked the process to stop: a signal, or with `onStdinEnd` the end of its standard input (how a
 * Windows service shim or a supervisor says it). After the first, a second signal ends the process at once.
 */
export function stopRequested(onStdinEnd: boolean): Promise<string> {
  return new Promise((resolve) => {
    const ask = (reason: string) => {
      for (const signal of SIGNALS) process.removeListener(signal, ask);
      process.stdin.destroy();
      resolve(reason);
    };
    for (const signal of SIGNALS) process.on(signal, ask);
    if (!onStdinEnd) return;
    for (const event of ['end', 'close', 'error']) process.stdin.once(event, () => ask('stdin-end'));
    process.stdin.resume();
  });
}
