import { $, which } from 'zx';
import { Failure } from '../cli/errors.ts';

/** What the suite asks of a cluster, by the user's own kubectl: its context, its rights. */
export class Kubectl {
  readonly #namespace: string;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** The stage that k6-operator says a run is in: `started`, `finished`, … @throws Failure */
  stageOf(testRun: string): Promise<string> {
    return this.#run(['get', 'testrun', testRun, '--output=jsonpath={.status.stage}']);
  }

  /** @param manifest YAML or JSON, by standard input */
  async apply(manifest: string): Promise<void> {
    await this.#run(['apply', '--filename=-'], manifest);
  }

  /** @param patience seconds */
  async untilReady(pod: string, patience: number): Promise<void> {
    await this.#run(['wait', '--for=condition=Ready', `pod/${pod}`, `--timeout=${patience}s`]);
  }

  /** Copies a folder out of a pod. */
  async copyFrom(pod: string, path: string, to: string): Promise<void> {
    await this.#run(['cp', `${pod}:${path}`, to, '--retries=3']);
  }

  async removePod(pod: string): Promise<void> {
    await this.#run(['delete', 'pod', pod, '--ignore-not-found', '--wait=false']);
  }

  async #run(args: readonly string[], input = ''): Promise<string> {
    const command = ['kubectl', `--namespace=${this.#namespace}`, ...args];
    if ((await which('kubectl', { nothrow: true })) === null)
      throw new Failure('kubectl is not on PATH. Install it, or mount the volume and use --from FOLDER.');
    const { exitCode, stdout, stderr } = await $({ quiet: true, nothrow: true, input })`${command}`;
    if (exitCode === 0) return stdout.trim();
    throw new Failure(`${command.join(' ')} ended with exit code ${exitCode}: ${stderr.trim()}`);
  }
}
