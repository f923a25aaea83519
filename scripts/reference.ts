// npm run reference: writes the pages of docs/ that follow from the code.
import { join } from 'node:path';
import { referencePages, slowReferencePages } from '../lib/node/reference/reference-pages.ts';
import { writeAtomically } from '../lib/node/system/files.ts';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';

for (const [name, content] of Object.entries({ ...referencePages(), ...(await slowReferencePages()) })) {
  await writeAtomically(join(PROJECT_ROOT, 'docs', name), content);
  console.log(`docs/${name}`);
}
