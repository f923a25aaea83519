import { HISTORY_VERSION, type History, HistoryError } from '../history/history.ts';
import { EdnReader } from './edn/edn-reader.ts';
import type { EdnValue } from './edn/edn-values.ts';
import { type ForeignHistory, summaryOf, unansweredNote } from './foreign-history.ts';
import { Invocations } from './invocations.ts';
import { JepsenEvents } from './jepsen-events.ts';
import { balancesOf, type Workload } from './jepsen-workloads.ts';
import { WorkloadConverter } from './workload-converter.ts';

/**
 * Reads a Jepsen history in EDN: `history.edn` of a test, or one of Elle's `histories/*.edn`. Which workload it is, is read
 * from its operations. Memory follows the operations, not the text.
 */
export class JepsenEdn {
  readonly #reader = new EdnReader((form, line) => this.#add(form, line));
  readonly #events = new JepsenEvents();
  readonly #converter: WorkloadConverter;
  readonly #invocations: Invocations<EdnValue>;
  /** Operations begun so far. */
  get size(): number {
    return this.#events.invocations;
  }

  /** @param workload what it is; if absent it is read from the content */
  constructor(workload?: Workload) {
    this.#converter = new WorkloadConverter(workload);
    this.#invocations = new Invocations((operation) => this.#converter.add(operation));
  }

  /** @throws HistoryError with line and form, if something is not understood */
  write(chunk: Uint8Array): void {
    this.#reader.write(chunk);
  }

  #add(form: EdnValue, line: number): void {
    const event = this.#events.read(form, line);
    if (event !== undefined) this.#invocations.add(event);
  }

  end(): ForeignHistory {
    this.#reader.end();
    this.#invocations.end();
    if (this.size === 0)
      throw new HistoryError(
        this.#events.nemesis > 0
          ? `It holds ${this.#events.nemesis} events of the nemesis, but no operation of a client.`
          : 'It holds no operation.',
      );
    const { workload, scenario, operations } = this.#converter.end();
    const initial = workload === 'bank' ? balancesOf(operations) : undefined;
    if (workload === 'bank' && initial === undefined)
      throw new HistoryError('No read of the balances succeeded, so nothing tells what the accounts held.');
    const history: History = {
      header: {
        history: HISTORY_VERSION,
        scenario,
        seed: 0,
        nodes: [],
        ...(initial === undefined ? {} : { options: { initial } }),
      },
      operations,
      damaged: 0,
    };
    const leftOut = { 'events of the nemesis': this.#events.nemesis };
    const notes = [
      ...this.#events.namesNote(),
      ...unansweredNote(this.#invocations.unanswered),
      ...(initial === undefined
        ? []
        : [
            `the accounts hold ${Object.values(initial).reduce((sum, balance) => sum + balance, 0)} in total, as most reads show`,
          ]),
    ];
    return { ...history, summary: summaryOf(operations, workload, leftOut, notes) };
  }
}
