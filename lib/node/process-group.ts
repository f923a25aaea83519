/** Signals the process that leads a group and all that it started; nothing where they have ended. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // They ended between the last look and the signal.
  }
}
