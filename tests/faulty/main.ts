// A lying SurrealDB node to try the suite on:
//   node --import tsx tests/faulty/main.ts --upstream http://127.0.0.1:8000 --fault lose-write --one-in 1000 --port 8200
import { Command, Option } from 'commander';
import { FAULTS, type FaultName } from './faults.ts';
import { startFaultyServer } from './proxy.ts';

const options = new Command('faulty')
  .requiredOption('--upstream <url>', 'the real node')
  .addOption(new Option('--fault <name>', 'what it does wrong').choices(Object.keys(FAULTS)).makeOptionMandatory())
  .option('--one-in <number>', 'how often', '1000')
  .option('--port <number>', 'where it listens on loopback', '0')
  .parse()
  .opts<{ upstream: string; fault: FaultName; oneIn: string; port: string }>();

const server = await startFaultyServer(
  options.upstream,
  FAULTS[options.fault](Number(options.oneIn)),
  Number(options.port),
);
console.log(
  `${server.url} passes requests on to ${options.upstream}; fault: ${options.fault}, one in ${options.oneIn}`,
);
