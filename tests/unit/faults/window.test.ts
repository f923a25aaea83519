import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultsFileError, parseFaultsFile } from '../../../lib/core/faults/window.ts';

const WINDOW = {
  fault: 'kill:surreal-2@5s+3s',
  kind: 'kill',
  who: ['surreal-2'],
  planned: { start: 7500, end: 10_500 },
  began: 7501.2,
  healed: 10_502.8,
  notes: [],
};

test('a record of faults is read, with whatever else a window has', () => {
  const file = parseFaultsFile('faults.json', { faults: 1, windows: [{ ...WINDOW, effects: { stall: 3 } }] });
  assert.deepEqual(file.windows[0], { ...WINDOW, effects: { stall: 3 } });
});

test('one of another version, or a damaged one, is refused', () => {
  assert.throws(() => parseFaultsFile('faults.json', { faults: 2, windows: [] }), FaultsFileError);
  assert.throws(
    () => parseFaultsFile('faults.json', { faults: 1, windows: [{ ...WINDOW, kind: 'flood' }] }),
    /faults\.json is not a record .*windows\.0\.kind/,
  );
});
