// How the gate's power depends on how far rounds of one and the same server lie apart.
//   node --import tsx bench/gate-scatter.ts
import table from 'text-table';
import { isFlagged } from '../tests/support/power.ts';
import { inventRounds } from '../tests/support/rounds.ts';

const TRIALS = 100;
const ROUNDS = 12;

const rows = [3, 5, 8, 12, 20].map((scatter) => [
  `±${scatter} %`,
  ...[0, 10, 20, 50].map((slower) => {
    const flagged = Array.from({ length: TRIALS }, (_, trial) => {
      const a = inventRounds(2 * trial + 1, ROUNDS, 1, scatter / 100);
      const b = inventRounds(2 * trial + 90_001, ROUNDS, 1 + slower / 100, scatter / 100);
      return a.map((round, pair) => [round, b[pair] ?? []] as const);
    }).filter(isFlagged).length;
    return `${flagged} %`;
  }),
]);
console.log(
  table([['rounds scatter by', 'unchanged', '10 %', '20 %', '50 %'], ...rows], { align: ['l', 'r', 'r', 'r', 'r'] }),
);
