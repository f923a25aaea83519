// Ends the processes of a run whose parent died without doing so (SIGKILL, a crash). It runs in a session of its own, so
// Ctrl-C does not reach it. Its standard input is a pipe from the parent: lines `watch PID SIGNAL` and `forget PID`, and
// the end of the pipe means that the parent is gone. Plain JavaScript: it starts in 40 ms and needs no compiler.
import { createInterface } from 'node:readline';

/** How long k6 gets for its teardown, and a server for closing its store. */
const PATIENCE_MS = 10_000;

/** @type {Map<number, NodeJS.Signals>} in the order of their starts */
const watched = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, pid, signal] = line.split(' ');
  if (verb === 'watch') watched.set(Number(pid), /** @type {NodeJS.Signals} */ (signal));
  if (verb === 'forget') watched.delete(Number(pid));
}

// Last started, first ended: k6 still needs the nodes to remove its namespace.
for (const [pid, signal] of [...watched].reverse()) await end(pid, signal);

/** @param {number} pid leader of its process group @param {NodeJS.Signals} signal */
async function end(pid, signal) {
  send(pid, signal);
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    if (!send(pid, 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  send(pid, 'SIGKILL');
}

/** @param {number} pid @param {NodeJS.Signals | 0} signal @returns whether the process group exists */
function send(pid, signal) {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
