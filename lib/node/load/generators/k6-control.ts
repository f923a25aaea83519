import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { Failure } from '../../cli/errors.ts';
import type { Child } from '../../process/child.ts';
import { lastLines } from '../../system/files.ts';
import { abortReason } from './k6-run.ts';

/** k6's lib.ExecutionStatusPausedBeforeRun: all users are there, and the test waits. */
const WAITING = 4;
const POLL_MS = 50;

const Status = v.object({ data: v.object({ attributes: v.object({ status: v.number() }) }) });
const SetupData = v.object({ data: v.object({ attributes: v.object({ data: v.unknown() }) }) });
const Errors = v.object({ errors: v.array(v.object({ detail: v.string() })) });

/** One k6 process, started with `--paused`, by its REST API on loopback (k6's documentation: k6 REST API). */
export class K6Control {
  readonly #url: string;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/v1`;
  }

  /** @throws Failure with k6's own words where it ends instead */
  async untilWaiting(child: Child, log: string): Promise<void> {
    for (;;) {
      if (!child.running) throw new Failure(`k6 ended before the load began:\n${await lastLines(log)}`);
      const answer = await this.#send('GET', 'status').catch(() => undefined);
      if (answer !== undefined && v.parse(Status, answer).data.attributes.status === WAITING) return;
      await sleep(POLL_MS);
    }
  }

  /** Runs the scenario's set-up. @returns what it hands to users. @throws Failure with the scenario's own words */
  async setUp(): Promise<unknown> {
    return v.parse(SetupData, await this.#send('POST', 'setup')).data.attributes.data;
  }

  async giveSetupData(data: unknown): Promise<void> {
    await this.#send('PUT', 'setup', data);
  }

  async start(): Promise<void> {
    await this.#send('PATCH', 'status', { data: { type: 'status', id: 'default', attributes: { paused: false } } });
  }

  async #send(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.#url}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    const errors = v.safeParse(Errors, JSON.parse(text));
    const detail = errors.success ? errors.output.errors.map((error) => error.detail).join('\n') : text;
    throw new Failure(abortReason(detail) ?? `k6 failed in setup(): ${detail}`);
  }
}
