// Guides whose commands a reader will type: each is run, and prints what the page says.
import assert from 'node:assert/strict';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { which } from 'zx';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { temporaryFolder } from '../support/commands.ts';
import { credentialsOf, NO_SHARED_STORE, startServers, startSharedStore } from '../support/servers.ts';
import { assertTranscripts, transcriptsOf } from '../support/transcripts.ts';

const NO_JQ =
  (await which('jq', { nothrow: true })) === null && 'SKIPPED: no jq on PATH, so no command of a guide was run';

const guide = (name: string) => readFile(join(PROJECT_ROOT, 'docs', 'how-to', name), 'utf8');

test('talk-to-each-node.md: the nodes of a cluster answer as the page says', {
  skip: NO_JQ || NO_SHARED_STORE,
}, async () => {
  await using store = await startSharedStore();
  await using servers = await startServers(store.address, 3);
  await using folder = await temporaryFolder();
  const page = (await guide('talk-to-each-node.md')).replaceAll(
    /http:\/\/127\.0\.0\.1:800(\d)/g,
    (_, node) => servers.nodes[Number(node)]?.url ?? '',
  );
  await symlink(join(PROJECT_ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  await writeFile(join(folder.path, 'nodes.mjs'), /^```js\n(.*?)^```$/ms.exec(page)?.[1] ?? '');
  const transcripts = transcriptsOf(page);
  assert.ok(transcripts.length > 15, `${transcripts.length} commands`);
  await assertTranscripts(transcripts, folder.path, credentialsOf(servers));
});

test('analyse-a-failed-run.md: the recorded histories say what the page says', { skip: NO_JQ }, async () => {
  const transcripts = transcriptsOf(await guide('analyse-a-failed-run.md'));
  assert.ok(transcripts.length > 8, `${transcripts.length} commands`);
  await assertTranscripts(transcripts, PROJECT_ROOT);
});
