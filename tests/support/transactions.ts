import type { MicroOperation } from '../../lib/core/checkers/append/append-history.ts';
import type { RegisterStep } from '../../lib/core/checkers/rw-register/rw-register.ts';
import type { Operation } from '../../lib/core/history/history.ts';
import { operation } from './operations.ts';

/**
 * A transaction in Elle's test notation: `ax1` appends 1 to list x, `ry12` reads [1, 2] from list y, `rz` reads nothing from
 * z; elements have one digit.
 */
export function transaction(text: string): { readonly f: 'txn'; readonly value: readonly MicroOperation[] } {
  const steps = [...text.matchAll(/([ar])([a-z])(\d*)/g)].map(([, f, list = '', digits = '']): MicroOperation => {
    const elements = [...digits].map(Number);
    return f === 'a' ? ['append', list, elements[0] as number] : ['r', list, elements];
  });
  return { f: 'txn', value: steps };
}

/** Transactions that all overlap, each by a process of its own. */
export function concurrent(...texts: string[]): Operation[] {
  return texts.map((text, process) => operation({ ...transaction(text), process, start: process, end: 100 + process }));
}

/** Transactions one after another, each by a process of its own unless `PROCESS:` stands before it. */
export function sequential(...texts: string[]): Operation[] {
  return texts.map((text, index) => {
    const [before, after] = text.split(':');
    const process = after === undefined ? index : Number(before);
    return operation({ ...transaction(after ?? text), process, start: index * 10, end: index * 10 + 1 });
  });
}

/**
 * Transactions over registers that all overlap: `wx1` writes 1 to register x, `rx1` reads 1 from it, `rx` nothing; `!` before a
 * transaction aborts it, `?` leaves its outcome unknown.
 */
export function concurrentRegisters(...texts: string[]): Operation[] {
  return texts.map((text, process) => {
    const [, mark = '', steps = ''] = /^([!?]?)(.*)$/.exec(text) ?? [];
    const value = [...steps.matchAll(/([wr])([a-z])(\d?)/g)].map(
      ([, f, name = '', digit = '']): RegisterStep =>
        f === 'w' ? ['w', name, Number(digit)] : ['r', name, digit === '' ? null : Number(digit)],
    );
    const outcome = mark === '!' ? 'failed' : mark === '?' ? 'unknown' : 'ok';
    return operation({ f: 'txn', value, process, start: process, end: 100 + process, outcome });
  });
}
