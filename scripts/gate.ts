// npm run gate: a suite of scenarios that a change must pass, with one exit code.
import { relative, resolve } from 'node:path';
import { isCompared } from '../lib/core/gate/gate-suite.ts';
import { gateExitCode } from '../lib/core/gate/gate-verdict.ts';
import { trustCa } from '../lib/node/access/http-client.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { UsageError } from '../lib/node/cli/errors.ts';
import { argumentsOf, type Flags, textOf } from '../lib/node/cli/flags.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { ARM_GRAMMAR, readArm } from '../lib/node/compare/arms.ts';
import { readBaseline } from '../lib/node/gate/baseline.ts';
import { type GateRecord, gateText } from '../lib/node/gate/gate-record.ts';
import { checkGate, runGate } from '../lib/node/gate/run-gate.ts';
import { readSuite } from '../lib/node/gate/suite-file.ts';
import { timeOf, withResultsFolder } from '../lib/node/load/run-folder.ts';
import { fingerprintOf, thisMachine } from '../lib/node/system/machine.ts';
import { WORK_FOLDER } from '../lib/node/system/paths.ts';

const EXIT_CODES =
  '0 pass, 99 a wrong answer or a regression, 98 the measurement is invalid, 2 wrong usage, 1 anything else';

async function gate(signal: AbortSignal): Promise<number> {
  const command = commandNamed('gate')
    .description(
      'Runs a suite of scenarios on a candidate. Any wrong answer fails the gate. Performance is compared with a baseline: one that is measured in the same job (--baseline), or a stored one from the same kind of machine (--update-baseline).',
    )
    .option('--suite <file>', 'suite file (docs/how-to/gate.md)', 'gate.json')
    .option('--candidate <target>', 'target to be judged', 'auto')
    .option('--baseline <target>', 'target to compare with, measured in alternating rounds')
    .option('--baseline-file <file>', 'file of the stored baseline', 'baselines/gate.json')
    .option('--update-baseline', 'store the measurements of the candidate as the baseline instead of comparing them')
    .option('--any-machine', 'accept a baseline from a different kind of machine')
    .option('--json', 'print the result as JSON')
    .option('--ca <file>', 'CA certificate of the https nodes (PEM file); or SURREAL_CA')
    .allowExcessArguments(false)
    .showHelpAfterError('(--help shows all options)');
  command.addHelpText('after', `\nA target is ${ARM_GRAMMAR}.\n\nExit codes: ${EXIT_CODES}`);
  command.parse();
  const flags: Flags = command.opts();
  trustCa(textOf(flags.ca));

  const file = textOf(flags.suite) ?? '';
  const given = textOf(flags.baseline);
  const kept = resolve(WORK_FOLDER, textOf(flags.baselineFile) ?? '');
  const update = flags.updateBaseline === true ? kept : undefined;
  if (given !== undefined && update !== undefined)
    throw new UsageError('--baseline and --update-baseline exclude each other. Use one of them.');
  const baseline = given === undefined ? undefined : await readArm('--baseline', given);
  const suite = await readSuite(file);
  const stored =
    baseline === undefined && update === undefined
      ? await readBaseline(kept, fingerprintOf(thisMachine()), flags.anyMachine === true)
      : undefined;
  const isFirst =
    baseline === undefined && update === undefined && stored === undefined && suite.suite.some(isCompared);
  const request = {
    suite,
    file,
    candidate: await readArm('--candidate', textOf(flags.candidate) ?? ''),
    baseline,
    kept: stored,
    update: isFirst ? kept : update,
    isFirst,
    command: `npm run gate -- ${argumentsOf({ ...flags, json: undefined })}`,
  };
  checkGate(request);

  return await withResultsFolder(`gate-${timeOf(new Date())}`, async (folder) => {
    const record = await runGate(request, folder, terminalProgress(), signal);
    print(record, folder, flags);
    return gateExitCode(record.state);
  });
}

function print(record: GateRecord, folder: string, flags: Flags): void {
  if (flags.json) console.log(JSON.stringify(record, null, 2));
  else
    console.log(
      `\n${gateText(record)}\n\nSummary: ${relative(process.cwd(), folder)}/gate.md\nResults: ${relative(process.cwd(), folder)}`,
    );
}

await runCommand(gate);
