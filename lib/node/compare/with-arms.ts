import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../cli/progress.ts';
import { resolveTarget } from '../targets/resolve.ts';
import type { Target } from '../targets/target.ts';
import { ARM_NAMES, type ArmName, type ArmRequest, armEnvironment } from './arms.ts';

/** A side of a comparison whose target is running. */
export interface Arm {
  readonly name: ArmName;
  readonly request: ArmRequest;
  readonly target: Target;
}

/** Starts the sides, runs `use`, and stops what it started even if `use` fails. */
export async function withArms<T>(
  requests: readonly (readonly [ArmName, ArmRequest])[],
  folder: string,
  progress: Progress,
  signal: AbortSignal,
  use: (arms: readonly Arm[]) => Promise<T>,
): Promise<T> {
  const arms: Arm[] = [];
  try {
    for (const [name, request] of requests) {
      const logs = join(folder, `nodes-${name}`);
      await mkdir(logs, { recursive: true });
      const target = await resolveTarget(request.target, {
        progress,
        logs,
        signal,
        env: armEnvironment(name, request),
      });
      arms.push({ name, request, target });
      progress.say(`${name.toUpperCase()}       ${target.kind}: ${target.description}`);
    }
    return await use(arms);
  } finally {
    for (const { target } of arms.reverse()) await target.stop();
  }
}

/** Order of the rounds: A, B, B, A, …, so that drift of the machine cancels out. */
export const orderOf = (pair: number): readonly ArmName[] => (pair % 2 === 0 ? ARM_NAMES : [...ARM_NAMES].reverse());
