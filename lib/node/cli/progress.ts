import { asInstalled } from '../system/paths.ts';
/** Replaces the text behind a running title, e.g. `412 packages`. */
export type Detail = (text: string) => void;

/** Where long work tells what it does. Nothing of it belongs on stdout, which is for results. */
export interface Progress {
  say(line: string): void;
  /** Shows that `work` goes on, and for how long, until it settles. */
  spin?<T>(title: string, work: (detail: Detail) => Promise<T>): Promise<T>;
}

/** The part of a stream that progress needs: `process.stderr` has it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const FRAME_MS = 100;
const LINE_MS = 15_000;
const CLEAR_LINE = '\r\u001b[K';

/** A duration for people: `45 s`, `2 min 05 s`. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/**
 * Progress on stderr: an animated line on a terminal; elsewhere (pipes, CI) plain lines, one every 15 s while work goes
 * on. zx's spinner has a fixed title, so it could not show the seconds.
 */
export function terminalProgress(
  stream: ProgressStream = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): Required<Progress> {
  const animated = stream.isTTY === true && !env.CI;
  const progress = animated ? animatedProgress(stream) : plainProgress(stream);
  return { ...progress, say: (line) => progress.say(asInstalled(line)) };
}

function plainProgress(stream: ProgressStream): Required<Progress> {
  const say = (line: string): void => {
    stream.write(`${line}\n`);
  };
  return {
    say,
    async spin(title, work) {
      const start = Date.now();
      let detail = '';
      say(title);
      const timer = setInterval(() => say(describe(title, Date.now() - start, detail)), LINE_MS);
      try {
        return await work((text) => {
          detail = text;
        });
      } finally {
        clearInterval(timer);
      }
    },
  };
}

function animatedProgress(stream: ProgressStream): Required<Progress> {
  return {
    say(line) {
      stream.write(`${CLEAR_LINE}${line}\n`);
    },
    async spin(title, work) {
      const start = Date.now();
      let detail = '';
      let frame = 0;
      const draw = (): void => {
        const line = `${FRAMES[frame % FRAMES.length]} ${describe(title, Date.now() - start, detail)}`;
        frame += 1;
        stream.write(CLEAR_LINE + line.slice(0, (stream.columns ?? 80) - 1));
      };
      draw();
      const timer = setInterval(draw, FRAME_MS);
      try {
        return await work((text) => {
          detail = text;
        });
      } finally {
        clearInterval(timer);
        stream.write(CLEAR_LINE);
      }
    },
  };
}

function describe(title: string, milliseconds: number, detail: string): string {
  return `${title} (${elapsed(milliseconds)}${detail ? `, ${detail}` : ''})`;
}

/** Spins where the progress can, says the title where it cannot. */
export function spinning<T>(progress: Progress, title: string, work: (detail: Detail) => Promise<T>): Promise<T> {
  if (progress.spin) return progress.spin(title, work);
  progress.say(title);
  return work(() => {});
}
