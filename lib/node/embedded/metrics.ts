/** The server's Prometheus metrics that make sense here: those of this process. */
export function metrics(version: string): string {
  const gauge = (name: string, help: string, value: number, labels = ''): string =>
    `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${labels} ${value}\n`;
  return [
    gauge('surrealdb_build_info', 'SurrealDB build information (value is always 1)', 1, `{build_version="${version}"}`),
    gauge('surrealdb_process_uptime_seconds', 'Seconds since the process started', Math.floor(process.uptime())),
    gauge('surrealdb_process_memory_bytes', 'Resident set size of the process', process.memoryUsage.rss()),
  ].join('\n');
}
