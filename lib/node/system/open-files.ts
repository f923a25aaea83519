import { UsageError } from '../cli/errors.ts';

/** Files that k6, or an engine behind the nodes, has open beside its connections. */
const BESIDE_CONNECTIONS = 64;

interface DiagnosticReport {
  readonly userLimits?: { readonly open_files?: { readonly soft: number | string } };
}

/** How many files a process may have open; undefined if there is no limit. Node raises its own to the hard limit, as Go does. */
function openFilesLimit(): number | undefined {
  // Without the names of connections, which would be looked up.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as DiagnosticReport;
  const limit = Number(userLimits?.open_files?.soft);
  return Number.isFinite(limit) ? limit : undefined;
}

/**
 * Without enough of them connections are not accepted, and the load hangs instead of failing.
 * @param users that have a connection to every node
 * @throws UsageError if so many connections exceed the limit of open files
 */
export function checkOpenFiles(users: number, nodes: number, limit = openFilesLimit()): void {
  const needed = users * nodes + BESIDE_CONNECTIONS;
  if (limit === undefined || needed <= limit) return;
  throw new UsageError(
    `${users} users of ${nodes} ${nodes === 1 ? 'node' : 'nodes'} need up to ${needed} open files, but this shell allows ${limit}. Raise the limit (ulimit -Hn ${needed}, or by your administrator), or load with fewer users (--vus).`,
  );
}
