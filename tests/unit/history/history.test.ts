import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  HistoryError,
  loadBeginsLine,
  loadDoneLine,
  parseLoadBegins,
  parseOperation,
} from '../../../lib/core/history/history.ts';
import { checkHistory } from '../../../lib/node/load/checks.ts';
import { readAnyHistory } from '../../../lib/node/load/history/foreign-file.ts';
import { compressHistory, readHistory } from '../../../lib/node/load/history/history-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'history-'));
after(() => rm(folder, { recursive: true }));

const HEADER = '{"history":1,"scenario":"writes","seed":1,"nodes":["surreal-1"]}';
const LINE =
  '{"process":1,"f":"create","node":"surreal-1","protocol":"sql","start":1.5,"end":2,"key":"a","outcome":"ok"}';

async function historyFile(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

test('operations are read in order, and messages between them are passed over', async () => {
  const history = await readHistory(
    await historyFile('a.ndjson', `${HEADER}\n${LINE}\nlost on surreal-1: x\n${LINE}\n`),
  );
  assert.equal(history.operations.length, 2);
  assert.equal(history.operations[0]?.key, 'a');
  assert.equal(history.damaged, 0);
});

test('lines that end with CRLF, as another system may have rewritten them, are the same lines', async () => {
  const header = HEADER.replace('}', ',"users":1}');
  const lines = [header, loadBeginsLine(1), LINE, loadDoneLine(1)];
  const [unix, windows] = await Promise.all(
    ['\n', '\r\n'].map(async (end, index) => readHistory(await historyFile(`lines${index}`, lines.join(end) + end))),
  );
  assert.deepEqual(windows, unix);
  assert.equal(windows?.unfinished, 0);
  assert.equal(parseLoadBegins(`${loadBeginsLine(1)}\r`), 1);
});

test('a history that was cut short keeps its whole lines', async () => {
  const path = await historyFile('b.ndjson', `${HEADER}\n${LINE}\n${LINE.slice(0, 40)}`);
  const history = await readHistory(path);
  assert.deepEqual([history.operations.length, history.damaged], [1, 1]);
});

test('a compressed history that was cut short keeps what can be unpacked', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => LINE.replace('"key":"a"', `"key":"${index * 7919}"`));
  const path = await compressHistory(await historyFile('c.ndjson', `${HEADER}\n${lines.join('\n')}\n`));
  assert.equal((await readHistory(path)).operations.length, 20_000);
  const bytes = await readFile(path);
  const cut = await readHistory(await historyFile('cut.ndjson.gz', bytes.subarray(0, bytes.length / 2)));
  assert.ok(cut.operations.length > 1000 && cut.operations.length < 20_000);
  assert.ok(cut.damaged > 0);
});

test('a compressed history of another tool is read whole, in one part or in several, or refused as damaged', async () => {
  const edn = await readFile('tests/fixtures/elle-list-append.edn');
  const half = edn.length / 2;
  const [whole, begin, end] = [edn, edn.subarray(0, half), edn.subarray(half)].map((part) =>
    gzipSync(part),
  ) as Buffer[];
  const sizeOf = async (...parts: Buffer[]) =>
    (await readAnyHistory(await historyFile('foreign.gz', Buffer.concat(parts)))).operations.length;
  assert.equal(await sizeOf(begin as Buffer, end as Buffer), await sizeOf(whole as Buffer));
  for (const damaged of [[whole?.subarray(0, -9)], [whole, Buffer.from('something else')]] as Buffer[][])
    await assert.rejects(
      sizeOf(...damaged),
      (error) => error instanceof HistoryError && /is damaged: it cannot be decompressed/.test(error.message),
    );
});

test('of a run that was ended early nothing is called wrong: what is missing may explain it', async () => {
  const header = HEADER.replace('"writes"', '"register"').replace('}', ',"users":2}');
  // The other client wrote it, but its line was never printed.
  const readOfOther = LINE.replace('"create"', '"read"').replace('"outcome"', '"value":5,"outcome"');
  const cut = await readHistory(await historyFile('early', `${header}\n${readOfOther}\n${loadDoneLine(1)}\n`));
  assert.equal(cut.unfinished, 1);
  const [verdict] = checkHistory(cut);
  assert.equal(verdict?.valid, 'unknown');
  assert.match(verdict?.explanation ?? '', /ended early, so what 1 of its clients did last may be missing/);

  const whole = await readHistory(
    await historyFile('whole', `${header}\n${readOfOther}\n${loadDoneLine(1)}\n${loadDoneLine(2)}\n`),
  );
  assert.equal(whole.unfinished, 0);
  assert.equal(checkHistory(whole)[0]?.valid, 'invalid');
});

const NONE: [name: string, content: string, says: RegExp][] = [
  ['an empty file', '', /is empty/],
  ['another kind of file', 'hello\n', /not a history/],
  [
    'a file with two runs',
    `${HEADER}\n${LINE}\n${HEADER}\n${LINE}\n`,
    /several runs.*--console-output.*file of its own/,
  ],
  ['a history of another version', '{"history":9}\n', /version 9, but this program reads version 1/],
];
for (const [name, content, says] of NONE)
  test(`${name} is refused`, async () => {
    const path = await historyFile('none', content);
    await assert.rejects(readHistory(path), (error) => error instanceof HistoryError && says.test(error.message));
  });

test('the line that says when the load begins is not an operation', () => {
  const line = loadBeginsLine(1234.567);
  assert.equal(parseLoadBegins(line), 1234.567);
  assert.equal(parseOperation(line), undefined);
  assert.equal(parseLoadBegins('seeded 10 of 100 records'), undefined);
});
