// Does what a run owes to the machine where the run died without doing it (SIGKILL, a crash). It runs in a session of its
// own, so Ctrl-C does not reach it. Its standard input is a pipe from the parent with a line of JSON for each duty (see
// guard.ts), and the end of the pipe means that the parent is gone. Plain JavaScript: it starts in 40 ms and needs no
// compiler.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How long k6 gets for its teardown, and a server for closing its store. */
const PATIENCE_MS = 10_000;
/** Ten containers that each take Docker's own patience to stop. */
const COMMAND_LIMIT_MS = 120_000;

/** @type {Map<number, () => Promise<void>>} in the order in which they were entrusted */
const duties = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const { id, end, run } = JSON.parse(line);
  if (end) duties.set(id, () => endGroup(end.pid, end.signal));
  else if (run) duties.set(id, () => runCommand(run));
  else duties.delete(id);
}

// Last started, first ended: k6 still needs the nodes to remove its namespace.
for (const duty of [...duties.values()].reverse()) await duty();
process.exit(); // Also where the time limit of a command that could not be started is still under way.

/** @param {number} pid leader of its process group @param {NodeJS.Signals} signal */
async function endGroup(pid, signal) {
  send(pid, signal);
  send(pid, 'SIGCONT'); // One that was paused gets the signal when it goes on.
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

/** @param {readonly string[]} argv @returns {Promise<void>} */
function runCommand([program, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', timeout: COMMAND_LIMIT_MS });
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
