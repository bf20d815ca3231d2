// The server's settings, given on its command line at every start, so that a new build brings its own.

/** What is not here is PostgreSQL's default; durability is written out because it must never be anything else (G23). */
export const settings = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  max_connections: '200',
  shared_buffers: '128MB',
  // A busy log writes much and overwrites little: fewer checkpoints, fewer full pages. At most this much more on the disk.
  max_wal_size: '2GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  // Workers lock by advisory keys, up to a hundred a batch.
  max_locks_per_transaction: '256',
  // A frozen process holds no claim for long.
  idle_in_transaction_session_timeout: '10s',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'ISO, YMD',
  // Rows of customers must not get into log lines: no statements, no details, and not the errors that we handle ourselves.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
} as const satisfies Record<string, string>
