import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFault } from '../../../lib/core/faults/fault-grammar.ts';
import { whyPortsMove } from '../../../lib/node/faults/moving-ports.ts';

const MOVING = ['surreal-1', 'surreal-3', 'pd-1'];
const why = (fault: string) => whyPortsMove(parseFault(fault), MOVING);

test('a fault that restarts a server whose published port Docker chooses is refused, with what to set', () => {
  const reason = why('kill:surreal-3@1s+1s');
  assert.match(reason ?? '', /another published port for surreal-3 at each start .* \.env \(SURREAL_3_PORT; see/);
  assert.match(reason ?? '', /npm run cluster -- down and up\.$/);
  assert.match(why('rolling-restart@1s+1s') ?? '', /surreal-1, surreal-3 .*SURREAL_1_PORT, SURREAL_3_PORT/);
  assert.match(why('stop:surreal-random@1s+1s') ?? '', /surreal-1, surreal-3/);
  assert.match(why('kill:pd-leader@1s+1s') ?? '', /pd-1 .*PD_PORT/);
  assert.match(why('quorum-loss:pd@1s+1s') ?? '', /PD_PORT/);
  assert.match(why('kill:all@1s+1s') ?? '', /surreal-1, surreal-3, pd-1/);
});

for (const fault of [
  'kill:surreal-2@1s+1s',
  'kill:tikv-leader@1s+1s',
  'pause:surreal-1@1s+1s',
  'partition:surreal-1@1s+1s',
  'quorum-loss:pd@1s+1s,by=pause',
  'command:store@1s+1s',
])
  test(`${fault} restarts no such server`, () => assert.equal(why(fault), undefined));

test('where all published ports are fixed, nothing is refused', () => {
  assert.equal(whyPortsMove(parseFault('kill:all@1s+1s'), []), undefined);
});
